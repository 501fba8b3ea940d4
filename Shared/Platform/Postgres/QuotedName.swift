// SPDX-License-Identifier: Apache-2.0

extension String {
    /// As an SQL identifier, so that no name can be taken for SQL.
    var quotedName: String {
        "\"" + split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}

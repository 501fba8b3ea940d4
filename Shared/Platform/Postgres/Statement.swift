// SPDX-License-Identifier: Apache-2.0

/// A named SQL statement with `$1`-style parameters.
///
/// The name is the name of the prepared statement on every connection (at most 63 bytes, the server's limit for names)
/// and stands in logs; the types of the parameters are what the server infers from the text, so cast where it cannot
/// (`$1::bigint`).
package struct Statement: Sendable, Hashable {
    /// Such as `factor.advance_step`; unique in a service.
    package let name: String
    /// One statement, without a semicolon at the end.
    package let sql: String

    package init(_ name: String, _ sql: String) {
        self.name = name
        self.sql = sql
    }
}

extension Statement {
    /// Whether the server can keep the statement prepared under its name.
    var canBeNamed: Bool { !name.isEmpty && name.utf8.count <= Limits.statementNameBytesMax }
}

// SPDX-License-Identifier: Apache-2.0

/// Why a schema was not brought forward; the reason is one sentence for the operator.
package struct MigrationError: Error, Sendable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// A file is not what it was when it was applied.
        case changed
        /// The database has seen a migration that this program does not have.
        case missing
        /// Numbers are used twice, or one was left out.
        case disordered
        /// The server refused it; nothing of it remains.
        case failed
    }

    package let code: Code
    package let reason: String

    init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    package var description: String { reason }
}

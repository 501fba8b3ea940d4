// SPDX-License-Identifier: Apache-2.0

/// What went wrong with a statement, a transaction or the connection under it.
///
/// Only ``Code-swift.enum/outcomeUnknown`` and ``Code-swift.enum/cancelled`` leave open whether a write happened; after
/// every other code it did not.
package struct PostgresError: Error, Sendable, CustomStringConvertible {
    /// The kinds a caller can tell apart.
    package enum Code: Sendable, Hashable {
        /// No connection, a connection lost before anything could commit, or a full queue. Worth another try later.
        case unavailable
        /// The deadline passed before anything could commit; the connection was closed.
        case timedOut
        /// The server refused the statement, or its commit, with this SQLSTATE.
        case statement(sqlState: String)
        /// COMMIT was answered with ROLLBACK: the transaction had failed before.
        case rolledBack
        /// A commit was on its way and no clean answer came: it may or may not have happened, or may be only local.
        case outcomeUnknown
        /// The caller's task was cancelled while it waited; the statement goes on without it.
        case cancelled
        /// A column is missing, NULL or not of the type asked for.
        case decoding
        /// The client was stopped, or the transaction is over.
        case closed
    }

    package let code: Code
    /// For the log: the server's primary message and the statement's name, never a parameter's value.
    package let reason: String
    /// The violated constraint, where the server names one.
    package let constraint: String?

    package init(_ code: Code, _ reason: String, constraint: String? = nil) {
        self.code = code
        self.reason = reason
        self.constraint = constraint
    }

    /// The five characters of the SQLSTATE when the server refused.
    package var sqlState: String? {
        if case .statement(let sqlState) = code { sqlState } else { nil }
    }

    /// Whether the same transaction may succeed when run once more: serialization failure or deadlock.
    package var isSerializationFailure: Bool { sqlState == "40001" || sqlState == "40P01" }

    /// Whether the values themselves were refused (classes 21, 22 and 23), so that running them again is pointless.
    package var isDataFault: Bool {
        guard let state = sqlState else { return false }
        return state.hasPrefix("21") || state.hasPrefix("22") || state.hasPrefix("23")
    }

    /// Whether a unique constraint refused the row.
    package var isUniqueViolation: Bool { sqlState == "23505" }

    /// Whether the role that logged in lacks a right.
    package var isPrivilegeMissing: Bool { sqlState == "42501" }

    /// Whether a lock could not be had in time (`lock_timeout` or NOWAIT).
    package var isLockTimeout: Bool { sqlState == "55P03" }

    package var description: String {
        switch code {
        case .statement(let sqlState): "statement \(sqlState): \(reason)"
        default: "\(code): \(reason)"
        }
    }
}

extension PostgresError.Code {
    /// A short word for a metric's dimension.
    var label: String {
        switch self {
        case .unavailable: "unavailable"
        case .timedOut: "timed_out"
        case .statement: "statement"
        case .rolledBack: "rolled_back"
        case .outcomeUnknown: "outcome_unknown"
        case .cancelled: "cancelled"
        case .decoding: "decoding"
        case .closed: "closed"
        }
    }
}

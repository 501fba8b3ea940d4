// SPDX-License-Identifier: Apache-2.0

/// One field that an administrative act changed: what it was before, and what it is now (R87).
package struct AuditChange: Sendable, Equatable {
    /// A value as the audit tells it.
    package enum Value: Sendable, Equatable {
        case text(String)
        case flag(Bool)
        case number(Int64)
        case list([String])
        /// Only that there is a secret is told, never which.
        case secret
    }

    package let field: String
    /// Nil where there was nothing.
    package let before: Value?
    /// Nil where there is nothing any more.
    package let after: Value?

    package init(_ field: String, from before: Value?, to after: Value?) {
        self.field = field
        self.before = before
        self.after = after
    }

    /// The fields in which two states of a thing differ, by name. What is made new has no state before, what is removed
    /// none afterwards.
    package static func between(
        _ before: [String: Value], _ after: [String: Value], prefix: String = ""
    ) -> [AuditChange] {
        Set(before.keys).union(after.keys).sorted().compactMap { field in
            guard before[field] != after[field] else { return nil }
            return AuditChange(prefix + field, from: before[field], to: after[field])
        }
    }
}

// SPDX-License-Identifier: Apache-2.0

/// Why the rule will not do what was asked; a decision about a person is never one of these.
package struct Refusal: Error, Sendable, Equatable {
    /// What the caller may know.
    package enum Code: String, Sendable, CaseIterable {
        case malformed, unauthenticated, forbidden, stepUpRequired, badSignature, notFound, conflict, inProgress
        case alreadyDecided, expired, alreadyDone, idempotencyMismatch, factorUnsupported, unavailable
    }

    package let code: Code
    /// A sentence that tells the caller what to mend; it holds nothing secret.
    package let detail: String?
    /// The cause, for the log only.
    package let reason: String

    package init(_ code: Code, detail: String? = nil, reason: String) {
        self.code = code
        self.detail = detail
        self.reason = reason
    }

    package static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}

// SPDX-License-Identifier: Apache-2.0

/// Why the rule will not do what was asked; a decision about a person is never one of these.
package struct Refusal: Error, Sendable, Equatable {
    /// What the caller may know.
    package enum Code: String, Sendable, CaseIterable {
        case malformed, unauthenticated, forbidden, stepUpRequired, badSignature, notFound, conflict, inProgress
        case alreadyDecided, expired, alreadyDone, idempotencyMismatch, factorUnsupported, tooManyRequests, unavailable
    }

    package let code: Code
    /// A sentence that tells the caller what to mend; it holds nothing secret.
    package let detail: String?
    /// The cause, for the log only.
    package let reason: String
    /// When trying again makes sense, where the rule knows.
    package let retryAfterSeconds: Int?

    package init(_ code: Code, detail: String? = nil, reason: String, retryAfterSeconds: Int? = nil) {
        self.code = code
        self.detail = detail
        self.reason = reason
        self.retryAfterSeconds = retryAfterSeconds
    }

    package static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}

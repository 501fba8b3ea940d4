// SPDX-License-Identifier: Apache-2.0
package import HTTPKit
import MFAAPI
package import MFADomain

/// The only place that turns what the rule refuses into what the wire says.
extension Refusal: ProblemConvertible {
    package var problem: Problem {
        let code: ErrorCode =
            switch self.code {
            case .malformed: .invalidRequest
            case .unauthenticated: .unauthenticated
            case .forbidden: .forbidden
            case .stepUpRequired: .stepUpRequired
            case .badSignature: .badSignature
            case .notFound: .notFound
            case .conflict: .conflict
            case .inProgress: .inProgress
            case .alreadyDecided: .alreadyDecided
            case .expired: .expired
            case .alreadyDone: .alreadyDone
            case .idempotencyMismatch: .idempotencyMismatch
            case .factorUnsupported: .factorUnsupported
            case .tooManyRequests: .tooManyRequests
            case .unavailable: .unavailable
            }
        let retry = retryAfterSeconds ?? (self.code == .inProgress || self.code == .unavailable ? 1 : nil)
        return Problem(code, detail: detail, reason: reason, retryAfterSeconds: retry)
    }
}

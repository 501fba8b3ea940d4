// SPDX-License-Identifier: Apache-2.0
import Primitives

/// The error codes of the HTTP contract; `docs/reference/errors.md` explains each to people.
package enum ErrorCode: String, CaseIterable, ProblemCode {
    case invalidRequest = "invalid_request"
    case unauthenticated
    case forbidden
    case stepUpRequired = "step_up_required"
    case badSignature = "bad_signature"
    case notFound = "not_found"
    case conflict
    case inProgress = "in_progress"
    case alreadyDecided = "already_decided"
    case expired
    case alreadyDone = "already_done"
    case tooLarge = "too_large"
    case unsupportedMediaType = "unsupported_media_type"
    case idempotencyMismatch = "idempotency_mismatch"
    case factorUnsupported = "factor_unsupported"
    case tooManyRequests = "too_many_requests"
    case unavailable

    package var status: Int {
        switch self {
        case .invalidRequest: 400
        case .unauthenticated: 401
        case .forbidden, .stepUpRequired, .badSignature: 403
        case .notFound: 404
        case .conflict, .inProgress, .alreadyDecided, .expired, .alreadyDone: 409
        case .tooLarge: 413
        case .unsupportedMediaType: 415
        case .idempotencyMismatch, .factorUnsupported: 422
        case .tooManyRequests: 429
        case .unavailable: 503
        }
    }

    package var title: String {
        switch self {
        case .invalidRequest: "The request is not well formed."
        case .unauthenticated: "The credentials are missing or not valid."
        case .forbidden: "This account may not do that."
        case .stepUpRequired: "Sign in again first: this needs a sign-in that is at most five minutes old."
        case .badSignature: "The signature does not fit the answer."
        case .notFound: "There is no such thing."
        case .conflict: "This is in the way of something that exists already."
        case .inProgress: "The same request is still being worked on."
        case .alreadyDecided: "This sign-in was decided already."
        case .expired: "This came too late."
        case .alreadyDone: "This was done already, and its one-time answer is no longer kept."
        case .tooLarge: "The request is larger than is accepted here."
        case .unsupportedMediaType: "The body must be sent as application/json."
        case .idempotencyMismatch: "The Idempotency-Key was used for another request."
        case .factorUnsupported: "This kind of factor is not supported."
        case .tooManyRequests: "Too many requests; wait before the next one."
        case .unavailable: "The service cannot answer just now; try again."
        }
    }
}

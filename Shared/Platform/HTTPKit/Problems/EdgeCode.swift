// SPDX-License-Identifier: Apache-2.0
internal import Primitives

/// The error codes that HTTP itself gives rise to; where the contract has the same code, the text is the same.
package enum EdgeCode: String, CaseIterable, ProblemCode {
    case invalidRequest = "invalid_request"
    case unauthenticated
    case forbidden
    case notFound = "not_found"
    case methodNotAllowed = "method_not_allowed"
    case tooLarge = "too_large"
    case unsupportedMediaType = "unsupported_media_type"
    case tooManyRequests = "too_many_requests"
    case `internal`
    case unavailable

    package var status: Int {
        switch self {
        case .invalidRequest: 400
        case .unauthenticated: 401
        case .forbidden: 403
        case .notFound: 404
        case .methodNotAllowed: 405
        case .tooLarge: 413
        case .unsupportedMediaType: 415
        case .tooManyRequests: 429
        case .internal: 500
        case .unavailable: 503
        }
    }

    package var title: String {
        switch self {
        case .invalidRequest: "The request is not well formed."
        case .unauthenticated: "The credentials are missing or not valid."
        case .forbidden: "This account may not do that."
        case .notFound: "There is no such thing."
        case .methodNotAllowed: "This method is not served here."
        case .tooLarge: "The request is larger than is accepted here."
        case .unsupportedMediaType: "The body must be sent as application/json."
        case .tooManyRequests: "Too many requests; wait before the next one."
        case .internal: "Something went wrong here; the request id finds it in the log."
        case .unavailable: "The service cannot answer just now; try again."
        }
    }

    /// The code that stands for a bare HTTP status.
    init(status: Int) {
        switch status {
        case 401: self = .unauthenticated
        case 403: self = .forbidden
        case 404: self = .notFound
        case 405: self = .methodNotAllowed
        case 413, 414, 431: self = .tooLarge
        case 415: self = .unsupportedMediaType
        case 429: self = .tooManyRequests
        case 400..<500: self = .invalidRequest
        case 502, 503, 504: self = .unavailable
        default: self = .internal
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import HTTPKit
internal import MFAAPI
internal import MFAClient
internal import Postgres

/// What failing calls to sdk-service and the database mean to a visitor.
enum UpstreamFault {
    /// The problem that an error of a client of ours is told as; nil for other errors.
    static func problem(of error: any Error) -> Problem? {
        switch error {
        case let error as MFAClientError: call(error)
        case let error as PostgresError: database(error)
        default: nil
        }
    }

    private static func call(_ error: MFAClientError) -> Problem {
        switch error {
        case .problem(let answer, let retryAfterSeconds):
            let reason = "sdk-service answered \(answer.status) \(answer.code), request \(answer.requestId ?? "-")"
            switch answer.status {
            case 429:
                return Problem(EdgeCode.tooManyRequests, reason: reason, retryAfterSeconds: retryAfterSeconds)
            // Our own account is refused: nothing that a visitor can mend, and it may be mended soon.
            case 401, 403, 500...:
                return Problem(EdgeCode.unavailable, reason: reason, retryAfterSeconds: retryAfterSeconds)
            default: return Problem(EdgeCode.internal, reason: reason)
            }
        case .unreachable(let reason), .unknownOutcome(let reason):
            return Problem(EdgeCode.unavailable, reason: "sdk-service: \(reason)")
        case .deadlineExceeded: return Problem(EdgeCode.unavailable, reason: "sdk-service: no answer in time")
        case .silent: return Problem(EdgeCode.unavailable, reason: "sdk-service: silent")
        case .cancelled: return Problem(EdgeCode.unavailable, reason: "the request was cancelled")
        case .answerTooLarge: return Problem(EdgeCode.internal, reason: "sdk-service: the answer is too large")
        case .malformedAnswer(let status, let reason):
            return Problem(EdgeCode.internal, reason: "sdk-service: \(status), \(reason)")
        }
    }

    private static func database(_ error: PostgresError) -> Problem {
        switch error.code {
        case .unavailable, .timedOut, .outcomeUnknown, .cancelled, .closed, .rolledBack:
            Problem(EdgeCode.unavailable, reason: error.description)
        case .statement, .decoding: Problem(EdgeCode.internal, reason: error.description)
        }
    }
}

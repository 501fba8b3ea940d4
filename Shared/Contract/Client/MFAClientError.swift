// SPDX-License-Identifier: Apache-2.0
internal import AsyncHTTPClient
internal import Foundation
package import MFAAPI
internal import NIOCore
internal import NIOSSL

/// Why a call has no answer to give. Reasons are for the log; they hold no request content.
package enum MFAClientError: Error, Sendable {
    /// The other side answered with problem details.
    case problem(ProblemResponse, retryAfterSeconds: Int?)
    /// No copy could be connected to; nothing was sent.
    case unreachable(reason: String)
    /// The request was sent and no answer came: whether it took effect is not known.
    case unknownOutcome(reason: String)
    /// The deadline passed; whether the request took effect is not known.
    case deadlineExceeded
    /// The answer is longer than ``MFAClient/bodyBytesMax``.
    case answerTooLarge
    /// The answer is neither what the contract promises nor problem details.
    case malformedAnswer(status: Int, reason: String)
    /// The stream was silent for longer than its heartbeat allows.
    case silent
    /// The caller was cancelled.
    case cancelled
}

/// What a failed attempt says about the request: the only question that decides on another attempt.
enum AttemptFailure {
    /// Connecting failed, so nothing was sent.
    case notSent(reason: String)
    /// A kept connection had ended before the request was on it.
    case stale(reason: String)
    /// The request went out, at least in part.
    case sent(reason: String)
    case final(MFAClientError)

    init(_ error: any Error) {
        switch error {
        case let error as HTTPClientError: self = Self.classify(error)
        case is CancellationError: self = .final(.cancelled)
        case is ResponseAccumulator.ResponseTooBigError: self = .final(.answerTooLarge)
        case let error as MFAClientError: self = .final(error)
        case is NIOSSLExtraError:
            self = .notSent(reason: "\(error)")
        case let error as NIOSSLError:
            if case .handshakeFailed = error {
                self = .notSent(reason: "\(error)")
            } else {
                self = .sent(reason: "\(error)")
            }
        case let error as ChannelError:
            switch error {
            case .connectTimeout: self = .notSent(reason: "\(error)")
            // The connection was closed by the other side before we wrote, or at the latest before all of the request
            // was written; what it has of it, it will not read.
            case .ioOnClosedChannel: self = .stale(reason: "\(error)")
            default: self = .sent(reason: "\(error)")
            }
        case let error as IOError where Self.isOfConnecting(error.errnoCode):
            self = .notSent(reason: "\(error)")
        default:
            // Known by name: its module, NIOPosix, opens sockets, which this one leaves to the HTTP client.
            let name = "\(type(of: error))"
            self = name == "NIOConnectionError" ? .notSent(reason: "\(error)") : .sent(reason: "\(name): \(error)")
        }
    }

    private static func classify(_ error: HTTPClientError) -> AttemptFailure {
        switch error {
        case .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout:
            .notSent(reason: "\(error)")
        case .deadlineExceeded: .final(.deadlineExceeded)
        case .cancelled: .final(.cancelled)
        case .invalidURL, .emptyHost, .emptyScheme, .alreadyShutdown:
            .final(.unreachable(reason: "\(error)"))
        default: .sent(reason: "\(error)")
        }
    }

    /// Error numbers that only an attempt to connect has.
    private static func isOfConnecting(_ code: Int32) -> Bool {
        [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EHOSTDOWN].contains(code)
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import AsyncHTTPClient
package import MFAAPI
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

extension MFAClient {
    /// Sends many calls in one request and hands on their answers as they come.
    ///
    /// It goes to one copy and is not repeated: what is to become of calls without an answer is the caller's to say.
    ///
    /// - Parameters:
    ///   - frames: the calls, as ``CallFrame/write(to:)`` wrote them.
    ///   - deadline: for the whole, to the last answer.
    ///   - each: told each answer, on the connection's thread, one after the other.
    /// - Throws: ``MFAClientError/unreachable(reason:)`` when nothing was sent, else why answers may be missing.
    package func bundle(
        path: String, frames: [UInt8], deadline: Duration, each: @escaping @Sendable (CallFrame) -> Void
    ) async throws(MFAClientError) {
        let index = copies.order()[0]
        do {
            let request = try HTTPClient.Request(
                url: copies.url(index) + path, method: .POST,
                headers: fields([("content-type", "application/octet-stream")]),
                body: .byteBuffer(ByteBuffer(bytes: frames)), tlsConfiguration: identity.tls)
            let loop = MultiThreadedEventLoopGroup.currentEventLoop
            let task = http.execute(
                request: request, delegate: FrameDelegate(each: each),
                eventLoop: loop.map { .delegate(on: $0) } ?? .indifferent,
                deadline: Self.nioDeadline(ContinuousClock.now + deadline))
            let end = try await withTaskCancellationHandler {
                try await task.get()
            } onCancel: {
                task.cancel()
            }
            switch end {
            case .whole(isLast: false): copies.answered(index)
            case .whole(isLast: true): copies.left(index)
            // It answered, and cannot serve: another copy may.
            case .unavailable: copies.refused(index)
            case .refused(503):
                copies.refused(index)
                throw MFAClientError.unreachable(reason: "the copy cannot serve")
            case .refused(let status):
                throw MFAClientError.malformedAnswer(status: status, reason: "no answers to a bundle")
            }
        } catch {
            switch AttemptFailure(error) {
            case .final(let error): throw error
            case .notSent(let reason):
                copies.refused(index)
                throw .unreachable(reason: reason)
            case .stale(let reason): throw .unreachable(reason: reason)
            case .sent(let reason): throw .unknownOutcome(reason: reason)
            }
        }
    }
}

/// Reads answers out of a response while it arrives.
///
/// `@unchecked Sendable`: the HTTP client calls a delegate on one event loop, one call after the other.
private final class FrameDelegate: HTTPClientResponseDelegate, @unchecked Sendable {
    /// How a response ended that arrived to its last byte.
    enum End {
        case whole(isLast: Bool)
        /// Some of the calls were told that they cannot be served now.
        case unavailable
        /// The bundle as a whole got another status than 200.
        case refused(Int)
    }

    private let each: @Sendable (CallFrame) -> Void
    private var reader = CallFrameReader()
    private var status = 0
    private var isLast = false
    private var hasUnavailable = false

    init(each: @escaping @Sendable (CallFrame) -> Void) {
        self.each = each
    }

    func didReceiveHead(task: HTTPClient.Task<End>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        status = Int(head.status.code)
        isLast = head.headers.first(name: "connection")?.lowercased() == "close"
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(task: HTTPClient.Task<End>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        guard status == 200 else { return task.eventLoop.makeSucceededVoidFuture() }
        reader.append(buffer.readableBytesView)
        do {
            while let frame = try reader.next() {
                if frame.status == 503 { hasUnavailable = true }
                each(frame)
            }
            return task.eventLoop.makeSucceededVoidFuture()
        } catch {
            let fault = MFAClientError.malformedAnswer(status: status, reason: "no answer to a call")
            return task.eventLoop.makeFailedFuture(fault)
        }
    }

    func didFinishRequest(task: HTTPClient.Task<End>) throws -> End {
        guard status == 200 else { return .refused(status) }
        return hasUnavailable ? .unavailable : .whole(isLast: isLast)
    }
}

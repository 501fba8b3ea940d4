// SPDX-License-Identifier: Apache-2.0
internal import AsyncHTTPClient
internal import MFAAPI
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

extension MFAClient {
    /// Bytes of one line of a stream.
    private static let lineBytesMax = 64 * 1024

    /// Reads a streamed answer, such as the decisions, line by line until the other side ends it.
    ///
    /// Blank lines are the stream's heartbeat; they are not handed on. The caller opens the stream again when this
    /// returns or throws; each time it may lead to another copy.
    ///
    /// - Parameters:
    ///   - silence: without a byte for this long the stream counts as lost.
    ///   - opened: called once the other side has accepted.
    ///   - each: called with each line, one after the other.
    package func lines(
        path: String, headers: [(String, String)] = [], silence: Duration = .seconds(25),
        opened: @escaping @Sendable () async -> Void = {}, each: @escaping @Sendable (String) async -> Void
    ) async throws(MFAClientError) {
        let index = copies.order()[0]
        var request = HTTPClientRequest(url: copies.url(index) + path)
        request.headers = fields(headers)
        request.tlsConfiguration = identity.tls
        do {
            let response = try await http.execute(
                request, deadline: Self.nioDeadline(ContinuousClock.now + deadline))
            response.status == .serviceUnavailable ? copies.refused(index) : copies.answered(index)
            guard response.status == .ok else {
                throw MFAClientError.malformedAnswer(status: Int(response.status.code), reason: "no stream")
            }
            await opened()
            try await read(response.body, silence: silence, each: each)
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

    private func read(
        _ body: HTTPClientResponse.Body, silence: Duration, each: @escaping @Sendable (String) async -> Void
    ) async throws {
        let pulse = Pulse()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var line = ByteBuffer()
                for try await var chunk in body {
                    pulse.beat()
                    while let end = chunk.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
                        let length = end - chunk.readerIndex
                        if var part = chunk.readSlice(length: length) { line.writeBuffer(&part) }
                        chunk.moveReaderIndex(forwardBy: 1)
                        if line.readableBytes > 0 { await each(String(buffer: line)) }
                        line.clear()
                    }
                    line.writeBuffer(&chunk)
                    guard line.readableBytes <= Self.lineBytesMax else { throw MFAClientError.answerTooLarge }
                }
            }
            group.addTask {
                while true {
                    let end = pulse.last + silence
                    guard ContinuousClock.now < end else { throw MFAClientError.silent }
                    try await Task.sleep(until: end, clock: .continuous)
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}

/// When something was last heard.
private final class Pulse: Sendable {
    private let moment = Mutex(ContinuousClock.now)

    var last: ContinuousClock.Instant { moment.withLock { $0 } }

    func beat() {
        moment.withLock { $0 = ContinuousClock.now }
    }
}

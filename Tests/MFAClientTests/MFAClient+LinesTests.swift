// SPDX-License-Identifier: Apache-2.0
import Hummingbird
import MFAClient
import NIOCore
import Synchronization
import Testing

/// What was read from a stream.
private final class Read: Sendable {
    private let list = Mutex<[String]>([])

    var lines: [String] { list.withLock { $0 } }

    func add(_ line: String) { list.withLock { $0.append(line) } }
}

// architecture.md §3: one streamed response, a line per decided sign-in, a blank line as heartbeat.
@Suite(.timeLimit(.minutes(1))) struct LinesTests {
    private func stream(_ chunks: [String]) -> StandIn {
        StandIn { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    for chunk in chunks { try await writer.write(ByteBuffer(string: chunk)) }
                    try await writer.finish(nil)
                })
        }
    }

    private func read(_ other: StandIn, silence: Duration = .seconds(25)) async throws -> ([String], MFAClientError?) {
        let read = Read()
        let error = try await other.run { url in
            try await withHTTPClient { http in
                let client = MFAClient(http: http, urls: [url])
                return await failure { () throws(MFAClientError) in
                    try await client.lines(
                        path: "/decisions", silence: silence, opened: { read.add("opened") }, each: { read.add($0) })
                }
            }
        }
        return (read.lines, error)
    }

    @Test func `hands on whole lines, however they were cut, and no blank ones`() async throws {
        let (lines, error) = try await read(stream(["a 1\n\n", "b", " 2\nc 3", "\n\n\n", "d 4\n"]))
        #expect(lines == ["opened", "a 1", "b 2", "c 3", "d 4"])
        #expect(error == nil)
    }

    @Test func `a line without its end is not a line`() async throws {
        let (lines, error) = try await read(stream(["a 1\nb"]))
        #expect(lines == ["opened", "a 1"])
        #expect(error == nil)
    }

    @Test func `a stream that falls silent is lost`() async throws {
        let (stalled, release) = AsyncStream.makeStream(of: Void.self)
        let other = StandIn { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    try await writer.write(ByteBuffer(string: "a 1\n"))
                    for await _ in stalled {}
                    try await writer.finish(nil)
                })
        }
        let read = Read()
        try await other.run { url in
            try await withHTTPClient { http in
                let client = MFAClient(http: http, urls: [url])
                let error = await failure { () throws(MFAClientError) in
                    try await client.lines(
                        path: "/decisions", silence: .milliseconds(200), each: { read.add($0) })
                }
                guard case .silent = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                release.finish()
            }
        }
        #expect(read.lines == ["a 1"])
    }

    @Test func `a stream that is cut is an error`() async throws {
        let other = StandIn { _, context in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    try await writer.write(ByteBuffer(string: "a 1\n"))
                    try await context.channel.close()
                })
        }
        let (_, error) = try await read(other)
        #expect(error != nil)
    }

    @Test func `a refusal is an error and nothing was opened`() async throws {
        let (lines, error) = try await read(StandIn(json: "{}", status: .forbidden))
        #expect(lines.isEmpty)
        guard case .malformedAnswer(403, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `a line without end is not collected for ever`() async throws {
        let piece = String(repeating: "x", count: 16 * 1024)
        let (_, error) = try await read(stream(Array(repeating: piece, count: 5)))
        guard case .answerTooLarge = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import Logging
import MFAAPI
import MFAClient
import NIOCore
import SDKServer
import ServiceLifecycle
import Synchronization
import TestKit
import Testing

struct CallBundlerTests {
    /// The bundles that a stand-in of mfa-core got, and when it may answer.
    private final class Core: Sendable {
        let bundles = Mutex<[[CallFrame]]>([])
        let gate = AsyncStream<Void>.makeStream()

        func note(_ request: Request) async throws -> [CallFrame] {
            var reader = CallFrameReader()
            reader.append(try await request.body.collect(upTo: BundleLimits.bytesMax).readableBytesView)
            var calls: [CallFrame] = []
            while let call = try reader.next() { calls.append(call) }
            bundles.withLock { $0.append(calls) }
            return calls
        }

        var sizes: [Int] { bundles.withLock { $0.map(\.count) } }
    }

    /// Answers call after call with the call's own body.
    private static func echo(_ calls: [CallFrame], status: UInt16 = 200) -> ByteBuffer {
        var bytes: [UInt8] = []
        for call in calls {
            _ = CallFrame(number: call.number, status: status, fields: [("x-echo", "1")], body: call.body)
                .write(to: &bytes)
        }
        return ByteBuffer(bytes: bytes)
    }

    /// Runs `body` with a bundler in front of `answer`.
    private static func open(
        _ answer: @escaping @Sendable (Core, Request) async throws -> Response,
        _ body: @escaping @Sendable (CallBundler, Core) async throws -> Void
    ) async throws {
        let core = Core()
        let responder = CallbackResponder<BasicRequestContext> { request, _ in try await answer(core, request) }
        let (ports, opened) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            responder: responder, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { opened.yield($0.localAddress?.port ?? 0) }, logger: .silent)
        let services = ServiceGroup(configuration: .init(services: [application], logger: .silent))
        let http = HTTPClient(configuration: .init(connectionPool: .init(idleTimeout: .seconds(5))))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            let port = try #require(await ports.first { _ in true })
            let bundler = CallBundler(client: MFAClient(http: http, urls: ["http://127.0.0.1:\(port)"]))
            let run = Task { try await bundler.run() }
            try await body(bundler, core)
            run.cancel()
            try await run.value
            // Gracefully: a listener that is cancelled drops connections it has just let in.
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
        }
        try await http.shutdown()
    }

    private static func text(_ outcome: BundleOutcome) -> String {
        switch outcome {
        case .answered(let answer): "\(answer.status) \(String(buffer: answer.body))"
        case .notSent: "not sent"
        case .lost: "lost"
        case .abandoned: "abandoned"
        }
    }

    private static func send(_ number: Int, _ bundler: CallBundler) async -> String {
        text(
            await bundler.send(
                fields: [("countersign-account", "vpn")], body: ByteBuffer(string: "call \(number)"),
                deadline: .seconds(30)))
    }

    @Test func `a lone call goes at once and gets its own answer`() async throws {
        try await Self.open { core, request in
            Response(status: .ok, body: .init(byteBuffer: Self.echo(try await core.note(request))))
        } _: { bundler, core in
            #expect(await Self.send(1, bundler) == "200 call 1")
            #expect(core.sizes == [1])
            let call = core.bundles.withLock { $0[0][0] }
            #expect(call.field("countersign-account") == "vpn")
            #expect(call.field(HeaderNames.deadline).flatMap { Int($0) }.map { (1...30_000).contains($0) } == true)
        }
    }

    @Test func `calls that come while others are on their way go together, and each gets its own answer`() async throws
    {
        try await Self.open { core, request in
            let calls = try await core.note(request)
            // The first two bundles fill all places until the test lets them go.
            if core.sizes.count <= 2 { for await _ in core.gate.stream.prefix(1) {} }
            return Response(status: .ok, body: .init(byteBuffer: Self.echo(calls)))
        } _: { bundler, core in
            try await withThrowingTaskGroup(of: (Int, String).self) { group in
                for number in 0..<2 {
                    group.addTask { (number, await Self.send(number, bundler)) }
                    try await eventually("a bundle of its own") { core.sizes.count == number + 1 }
                }
                for number in 2..<60 { group.addTask { (number, await Self.send(number, bundler)) } }
                try await eventually("all of them wait") { bundler.queuedCount == 58 }
                core.gate.continuation.yield()
                core.gate.continuation.yield()
                for try await (number, text) in group { #expect(text == "200 call \(number)") }
            }
            #expect(core.sizes.prefix(2) == [1, 1] && core.sizes.reduce(0, +) == 60 && core.sizes.count <= 4)
        }
    }

    @Test func `an answer that is slow holds up no other`() async throws {
        try await Self.open { core, request in
            let calls = try await core.note(request)
            let isFirst = core.sizes.count == 1
            return Response(
                status: .ok,
                body: .init { writer in
                    let slow = calls.filter { String(decoding: $0.body, as: UTF8.self) == "call 0" }
                    try await writer.write(Self.echo(calls.filter { !slow.contains($0) }))
                    if isFirst { for await _ in core.gate.stream.prefix(1) {} }
                    try await writer.write(Self.echo(slow))
                    try await writer.finish(nil)
                })
        } _: { bundler, core in
            async let slow = Self.send(0, bundler)
            try await eventually("the slow one is under way") { core.sizes.count == 1 }
            for number in 1...5 { #expect(await Self.send(number, bundler) == "200 call \(number)") }
            core.gate.continuation.yield()
            #expect(await slow == "200 call 0")
        }
    }

    @Test(arguments: [
        // mfa-core cannot serve at all; it breaks off; it forgets a call; it answers with something else.
        (HTTPResponse.Status.serviceUnavailable, "", "not sent"), (.ok, "junk that is no frame", "lost"),
        (.ok, "", "lost"), (.notFound, "", "lost"),
    ])
    func `a call without an answer is told what may be done about it`(
        status: HTTPResponse.Status, body: String, expected: String
    ) async throws {
        try await Self.open { core, request in
            _ = try await core.note(request)
            return Response(status: status, body: .init(byteBuffer: ByteBuffer(string: body)))
        } _: { bundler, _ in
            #expect(await Self.send(1, bundler) == expected)
        }
    }

    @Test func `a caller that goes away gives up its answer, not the bundle`() async throws {
        try await Self.open { core, request in
            let calls = try await core.note(request)
            for await _ in core.gate.stream.prefix(1) {}
            return Response(status: .ok, body: .init(byteBuffer: Self.echo(calls)))
        } _: { bundler, core in
            let leaving = Task { await Self.send(1, bundler) }
            try await eventually("under way") { core.sizes.count == 1 }
            leaving.cancel()
            #expect(await leaving.value == "abandoned")
            core.gate.continuation.yield()
            core.gate.continuation.yield()
            #expect(await Self.send(2, bundler) == "200 call 2")
        }
    }

    @Test func `a bundler that has stopped sends nothing`() async throws {
        try await Self.open { core, request in
            Response(status: .ok, body: .init(byteBuffer: Self.echo(try await core.note(request))))
        } _: { bundler, core in
            let other = CallBundler(client: MFAClient(http: HTTPClient.shared, urls: ["http://127.0.0.1:1"]))
            let run = Task { try await other.run() }
            run.cancel()
            try await run.value
            #expect(await Self.send(1, other) == "not sent")
            #expect(core.sizes.isEmpty)
        }
    }
}

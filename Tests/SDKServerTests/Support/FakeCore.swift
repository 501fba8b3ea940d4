// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Hummingbird
import Logging
import MFAAPI
import NIOCore
import ServiceLifecycle
import Synchronization
import TestKit

/// Speaks mfa-core's internal API on a free port: says what it is told to say and remembers what it was asked.
final class FakeCore: Sendable {
    /// A request as it arrived.
    struct Call: Sendable {
        let method: String
        /// Path and query as sent.
        let target: String
        let headers: HTTPFields
        let body: String

        func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }
    }

    /// An answer to give.
    struct Answer: Sendable {
        var status = 200
        var headers: HTTPFields = [.contentType: "application/json"]
        var body = "{}"
    }

    private struct State {
        var calls: [Call] = []
        var answer: @Sendable (Call) -> Answer = { _ in Answer() }
        var hold: @Sendable (Call) async -> Void = { _ in }
        var decided: [String: String] = [:]
        var streams: [Int: AsyncStream<String>.Continuation] = [:]
        var streamsOpened = 0
        var refusesStreams = false
    }

    private let state = Mutex(State())
    private let portBox = Mutex(0)

    var url: String { "http://127.0.0.1:\(portBox.withLock { $0 })" }

    /// Operations that were asked for; neither streams nor questions about states are among them.
    var calls: [Call] { state.withLock { $0.calls } }
    /// Streams opened so far.
    var streamsOpened: Int { state.withLock { $0.streamsOpened } }

    /// What every operation is answered with from now on.
    func answers(_ answer: @escaping @Sendable (Call) -> Answer) {
        state.withLock { $0.answer = answer }
    }

    /// Calls that `isHeld` are answered only when `gate` is open.
    func answersHeld(by gate: Gate, _ isHeld: @escaping @Sendable (Call) -> Bool = { _ in true }) {
        state.withLock { $0.hold = { call in if isHeld(call) { await gate.passage() } } }
    }

    /// Answers about sign-ins with the object of a push: pending, until ``decide(_:as:)``.
    func answersSignIns(nextStep: String = "wait") {
        answers { call in
            let id = call.method == "POST" ? "a1" : String(call.target.split(separator: "/").last ?? "")
            let decided = self.state.withLock { $0.decided[id] }
            guard let decided else {
                return Answer(body: #"{"id":"\#(id)","nextStep":"\#(nextStep)","state":"pending"}"#)
            }
            return Answer(body: #"{"id":"\#(id)","state":"\#(decided)"}"#)
        }
    }

    /// Decides a sign-in; nobody hears of it by this alone.
    func decide(_ id: String, as decision: String = "approved") {
        state.withLock { $0.decided[id] = decision }
    }

    /// Sends a line to every open stream.
    func say(_ line: String) {
        for stream in state.withLock({ $0.streams.values.map { $0 } }) { stream.yield(line + "\n") }
    }

    /// Ends every open stream; with `refusing`, new ones are not accepted either.
    func cutStreams(refusing: Bool = false) {
        let streams = state.withLock { state in
            state.refusesStreams = refusing
            defer { state.streams = [:] }
            return state.streams.values.map { $0 }
        }
        for stream in streams { stream.finish() }
    }

    /// Runs for as long as `body`.
    static func with<R: Sendable>(_ body: @Sendable (FakeCore) async throws -> R) async throws -> R {
        let core = FakeCore()
        let (ports, announce) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            responder: core.responder, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { announce.yield($0.localAddress?.port ?? 0) }, logger: .silent)
        let group = ServiceGroup(configuration: .init(services: [application], logger: .silent))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { announce.finish() }
                try await group.run()
            }
            let port = await ports.first { _ in true }
            core.portBox.withLock { $0 = port ?? 0 }
            let result: R
            do {
                result = try await body(core)
            } catch {
                core.cutStreams(refusing: true)
                tasks.cancelAll()
                throw error
            }
            core.cutStreams(refusing: true)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return result
        }
    }

    /// Not a router: beside the fixed places everything else must arrive in one.
    private var responder: CallbackResponder<BasicRequestContext> {
        CallbackResponder { request, context in
            switch request.uri.path {
            case Paths.decisions: self.stream()
            case Paths.ping: Response(status: .noContent)
            case Paths.signInStates: try await self.states(request, context)
            default: try await self.respond(to: request)
            }
        }
    }

    private func states(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let asked = try await request.decode(as: SignInStatesRequest.self, context: context)
        let decided = state.withLock { $0.decided }
        let items = asked.ids.map { #"{"id":"\#($0)","state":"\#(decided[$0] ?? "pending")"}"# }
        let text = #"{"items":[\#(items.joined(separator: ","))]}"#
        return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    private func respond(to request: Request) async throws -> Response {
        let body = String(buffer: try await request.body.collect(upTo: 1 << 20))
        let call = Call(
            method: request.method.rawValue, target: request.head.path ?? "", headers: request.headers, body: body)
        let (makeAnswer, hold) = state.withLock { state in
            state.calls.append(call)
            return (state.answer, state.hold)
        }
        await hold(call)
        let answer = makeAnswer(call)
        return Response(
            status: .init(code: answer.status), headers: answer.headers,
            body: .init(byteBuffer: ByteBuffer(string: answer.body)))
    }

    private func stream() -> Response {
        let (lines, continuation) = AsyncStream.makeStream(of: String.self)
        let isRefused = state.withLock { state in
            guard !state.refusesStreams else { return true }
            state.streamsOpened += 1
            state.streams[state.streamsOpened] = continuation
            return false
        }
        guard !isRefused else { return Response(status: .serviceUnavailable) }
        return Response(
            status: .ok,
            body: .init { writer in
                try await writer.write(ByteBuffer(string: "\n"))
                for await line in lines { try await writer.write(ByteBuffer(string: line)) }
                try await writer.finish(nil)
            })
    }
}

/// Something that many wait for until it is opened, once.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func passage() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

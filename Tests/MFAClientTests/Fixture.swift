// SPDX-License-Identifier: Apache-2.0
import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import Logging
import MFAClient
import NIOCore
import ServiceLifecycle
import Synchronization
import Testing

/// A request context that can cut its own connection.
struct CutContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}

/// What a stand-in of the other side heard.
final class Heard: Sendable {
    struct Call: Sendable {
        let method: String
        let target: String
        let headers: HTTPFields
        let body: String

        subscript(_ name: String) -> String? {
            HTTPField.Name(name).flatMap { headers[$0] }
        }
    }

    private let list = Mutex<[Call]>([])

    var calls: [Call] { list.withLock { $0 } }

    func note(_ request: Request) async throws {
        let body = String(buffer: try await request.body.collect(upTo: 1 << 20))
        list.withLock {
            $0.append(
                Call(
                    method: request.method.rawValue, target: request.head.path ?? "", headers: request.headers,
                    body: body))
        }
    }
}

/// A stand-in of the other side: notes each call, then answers it.
struct StandIn: Sendable {
    let heard = Heard()
    let answer: @Sendable (Request, CutContext) async throws -> Response

    init(_ answer: @escaping @Sendable (Request, CutContext) async throws -> Response) {
        self.answer = answer
    }

    /// One that answers everything with the same JSON.
    init(json: String, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) {
        self.init { _, _ in
            Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: json)))
        }
    }

    /// One that takes the request and cuts the connection instead of answering.
    static var cutting: StandIn {
        StandIn { _, context in
            try await context.channel.close()
            return Response(status: .ok)
        }
    }

    /// Runs `body` with the base URL of this stand-in.
    func run<Value: Sendable>(_ body: @escaping @Sendable (String) async throws -> Value) async throws -> Value {
        let responder = CallbackResponder<CutContext> { [heard, answer] request, context in
            try await heard.note(request)
            return try await answer(request, context)
        }
        let silence = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let (ports, opened) = AsyncStream.makeStream(of: Int?.self)
        let application = Application(
            responder: responder, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in opened.yield(channel.localAddress?.port) }, logger: silence)
        let services = ServiceGroup(configuration: .init(services: [application], logger: silence))
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            let port = try #require(await ports.first { _ in true } ?? nil)
            let value = try await body("http://127.0.0.1:\(port)/api/v1/")
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
            return value
        }
    }
}

/// Runs `body` with a client set up as services set theirs up, and shuts it down.
func withHTTPClient<Value>(_ body: (HTTPClient) async throws -> Value) async throws -> Value {
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
    configuration.httpVersion = .http1Only
    configuration.connectionPool.retryConnectionEstablishment = false
    let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    do {
        let value = try await body(http)
        try await http.shutdown()
        return value
    } catch {
        try await http.shutdown()
        throw error
    }
}

/// A URL of this host where nobody listens.
func deadURL() async throws -> String {
    // The port was free a moment ago, and its listener is gone.
    try await StandIn(json: "{}").run { $0 }
}

/// The error of a call that must fail.
func failure<Value>(_ call: () async throws(MFAClientError) -> Value) async -> MFAClientError? {
    do throws(MFAClientError) {
        _ = try await call()
        return nil
    } catch {
        return error
    }
}

/// Calls a stand-in that answers with `json` and returns what it heard.
func heard(
    json: String = "{}", status: HTTPResponse.Status = .ok, _ call: @escaping @Sendable (MFAClient) async throws -> Void
) async throws -> Heard.Call {
    let other = StandIn(json: json, status: status)
    try await other.run { url in
        try await withHTTPClient { http in try await call(MFAClient(http: http, urls: [url])) }
    }
    return try #require(other.heard.calls.first)
}

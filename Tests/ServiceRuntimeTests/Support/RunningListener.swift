// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import ServiceRuntime

/// A listener on a free port of 127.0.0.1, for as long as `body` runs.
struct RunningListener: Sendable {
    let port: Int
    private let group: ServiceGroup

    static func with<Value: Sendable>(
        _ configuration: ListenerConfiguration, tls: ListenerTLS? = nil, requiredPeer: String? = nil,
        draining: Draining? = nil,
        router: Router<BasicRequestContext> = .greeting,
        _ body: @Sendable (RunningListener) async throws -> Value
    ) async throws -> Value {
        let (ports, announce) = AsyncStream.makeStream(of: Int.self)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let listener = HTTPListener(
            name: "test", configuration: configuration, tls: tls, responder: router.buildResponder(),
            requiredPeer: requiredPeer, draining: draining, logger: logger, onListening: { announce.yield($0) })
        let group = ServiceGroup(configuration: .init(services: [listener], logger: logger))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { announce.finish() }
                try await group.run()
            }
            guard let port = await ports.first(where: { _ in true }) else {
                try await tasks.waitForAll()
                throw CancellationError()
            }
            let value: Value
            do {
                value = try await body(RunningListener(port: port, group: group))
            } catch {
                tasks.cancelAll()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return value
        }
    }

    /// Begins a graceful stop.
    func stop() async {
        await group.triggerGracefulShutdown()
    }
}

extension Router where Context == BasicRequestContext {
    /// Answers `GET /` with “hello” and `POST /` with what it was sent.
    static var greeting: Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self)
        router.get("/") { _, _ in "hello" }
        router.post("/") { request, _ in
            Response(status: .ok, body: .init(byteBuffer: try await request.body.collect(upTo: 1_024)))
        }
        router.get("/peer") { _, _ in PeerIdentity.current?.uris.joined(separator: " ") ?? "nobody" }
        return router
    }
}

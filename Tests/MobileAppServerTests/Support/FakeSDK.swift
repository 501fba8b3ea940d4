// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Hummingbird
import Logging
import MFAAPI
import NIOCore
import ServiceLifecycle
import Synchronization
import TestKit

/// Stands where sdk-service is: says what it is told to say and remembers what it was asked.
final class FakeSDK: Sendable {
    /// A request as it arrived.
    struct Call: Sendable {
        let method: String
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

    private let received = Mutex<[Call]>([])
    private let answer = Mutex(Answer())
    private let portBox = Mutex(0)

    var url: String { "http://127.0.0.1:\(portBox.withLock { $0 })" }
    var calls: [Call] { received.withLock { $0 } }

    /// What everything is answered with from now on.
    func answers(_ next: Answer) { answer.withLock { $0 = next } }

    /// Runs for as long as `body`.
    static func with<R: Sendable>(_ body: @Sendable (FakeSDK) async throws -> R) async throws -> R {
        let sdk = FakeSDK()
        let (ports, announce) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            router: sdk.router(), configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { announce.yield($0.localAddress?.port ?? 0) }, logger: .silent)
        let group = ServiceGroup(configuration: .init(services: [application], logger: .silent))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { announce.finish() }
                try await group.run()
            }
            let port = await ports.first { _ in true }
            sdk.portBox.withLock { $0 = port ?? 0 }
            let result: R
            do {
                result = try await body(sdk)
            } catch {
                tasks.cancelAll()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return result
        }
    }

    private func router() -> Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self)
        for method in [HTTPRequest.Method.get, .post, .put, .patch, .delete] {
            router.on("**", method: method) { request, _ in
                let body = String(buffer: try await request.body.collect(upTo: 1 << 20))
                let call = Call(
                    method: request.method.rawValue, target: request.head.path ?? "", headers: request.headers,
                    body: body)
                self.received.withLock { $0.append(call) }
                let answer = self.answer.withLock { $0 }
                return Response(
                    status: .init(code: answer.status), headers: answer.headers,
                    body: .init(byteBuffer: ByteBuffer(string: answer.body)))
            }
        }
        return router
    }
}

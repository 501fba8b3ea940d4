// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPTypes
import HummingbirdTesting
import Logging
import SDKServer
import ServiceLifecycle
import ServiceRuntime
import TestKit
import Testing

struct HangUpTests {
    /// On the listener as it really is: what a closed connection looks like depends on TLS.
    @Test func `a caller that hangs up ends its wait, not the sign-in`() async throws {
        try await Door.open { door async throws in
            door.core.answersSignIns()
            let identity = try SelfSigned()
            try await Self.listen(with: identity, door) { port in
                let tls = TLSPolicy.client(roots: [identity.certificate], certificates: [], key: nil)
                let pair = Data("integrator:\(MemoryAccounts.secret(of: "integrator"))".utf8).base64EncodedString()
                try await TestClient.withClient(
                    host: "localhost", port: port, configuration: .init(tlsConfiguration: tls)
                ) { client in
                    try await client.executeAndDontWaitForResponse(
                        TestClient.Request(
                            "/api/v1/sign-ins/a1?waitSeconds=55", method: .get,
                            headers: [.authorization: "Basic \(pair)"]))
                    try await door.waits(for: "a1")
                }
                try await eventually("nobody waits any more") { door.registry.waitingIDs.isEmpty }
            }
            // It did not even read again, let alone cancel anything.
            #expect(door.core.calls.map(\.target) == ["/internal/v1/sign-ins/a1"])
        }
    }

    private static func listen(
        with identity: SelfSigned, _ door: Door, _ body: @escaping @Sendable (Int) async throws -> Void
    ) async throws {
        let (ports, announce) = AsyncStream.makeStream(of: Int.self)
        let tls = TLSPolicy.server(certificates: [identity.certificate], key: identity.privateKey, clientCA: nil)
        let listener = HTTPListener(
            name: "test", configuration: ListenerConfiguration(host: "127.0.0.1", port: 0, tls: tls),
            responder: door.responder, logger: .silent, onListening: { announce.yield($0) })
        let group = ServiceGroup(configuration: .init(services: [listener], logger: .silent))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { announce.finish() }
                try await group.run()
            }
            let port = await ports.first { _ in true }
            do {
                try await body(port ?? 0)
            } catch {
                tasks.cancelAll()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}

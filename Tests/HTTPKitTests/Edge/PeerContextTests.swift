// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@Suite struct PeerContextTests {
    private func address(listeningOn host: String) async throws -> String {
        let router = edgeRouter { $0.get("peer") { _, context in context.peerAddress } }
        let application = Application(
            router: router, configuration: .init(address: .hostname(host, port: 0)), logger: silence)
        return try await application.test(.live) { client in
            try await String(buffer: client.execute(uri: "/peer", method: .get).body)
        }
    }

    @Test func `shows the other end without its port`() async throws {
        #expect(try await address(listeningOn: "127.0.0.1") == "127.0.0.1")
    }

    @Test func `a transport without addresses has an empty one`() async throws {
        let router = edgeRouter { $0.get("peer") { _, context in "<\(context.peerAddress)>" } }
        #expect(try await String(buffer: exchange(router, "/peer").body) == "<>")
    }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFAClient
import NIOSSL
import Primitives
import Testing

struct ClientIdentityTests {
    private func credentials(_ secret: String) -> BasicCredentials {
        BasicCredentials(name: "portal", secret: SecretBytes(utf8: secret))
    }

    @Test func `the next request shows the new credentials`() async throws {
        let identity = ClientIdentity(credentials: credentials("one"))
        let side = StandIn(json: "{}")
        try await side.run { url in
            try await withHTTPClient { http in
                let client = MFAClient(http: http, urls: [url], identity: identity)
                _ = try await client.send(method: "GET", path: "/a")
                let change = try #require(identity.preparing(credentials("two")))
                _ = try await client.send(method: "GET", path: "/b")
                change()
                _ = try await client.send(method: "GET", path: "/c")
            }
        }
        let shown = ["one", "one", "two"].map { "Basic " + Data("portal:\($0)".utf8).base64EncodedString() }
        #expect(side.heard.calls.map { $0["authorization"] } == shown)
    }

    @Test func `nothing is prepared when nothing is different`() throws {
        let first = TLSConfiguration.makeClientConfiguration()
        var second = first
        second.minimumTLSVersion = .tlsv13
        let identity = ClientIdentity(credentials: credentials("one"), tls: first)
        #expect(identity.preparing(credentials("one")) == nil)
        #expect(try identity.preparing(first) == nil)
        let change = try #require(try identity.preparing(second))
        change()
        #expect(try identity.preparing(second) == nil)
        #expect(try identity.preparing(first) != nil)
    }
}

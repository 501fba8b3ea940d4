// SPDX-License-Identifier: Apache-2.0
import Crypto
import Foundation
import Primitives
import SDKServer
import Testing

struct BasicAuthorizationTests {
    private static func header(_ pair: String) -> String { "Basic " + Data(pair.utf8).base64EncodedString() }

    @Test func `finds name, secret's id and digest`() throws {
        let random = Base64URL.encode([UInt8](repeating: 0xfb, count: 32))
        let secret = "cs_k3y_\(random)"
        let found = try #require(BasicAuthorization(Self.header("vpn:\(secret)")))
        #expect(found.name == "vpn")
        #expect(found.secretID == "k3y")
        #expect(found.digest == Array(SHA256.hash(data: Data(secret.utf8))))
    }

    /// base64url has underscores of its own, and so may an id have.
    @Test func `tells the id from the random part by length`() throws {
        let random = String(repeating: "_", count: 43)
        let found = try #require(BasicAuthorization(Self.header("vpn:cs_a_b_\(random)")))
        #expect(found.secretID == "a_b")
    }

    @Test(arguments: [
        "", "cs_", "cs__", "hunter2", "cs_id", "cs_id_short", "xx_id_" + String(repeating: "a", count: 43),
    ])
    func `a secret of another form has no id`(secret: String) throws {
        let found = try #require(BasicAuthorization(Self.header("vpn:\(secret)")))
        #expect(found.secretID.isEmpty)
    }

    @Test func `a colon in the secret belongs to the secret`() throws {
        let found = try #require(BasicAuthorization(Self.header("vpn:a:b")))
        #expect(found.name == "vpn")
        #expect(found.digest == Array(SHA256.hash(data: Data("a:b".utf8))))
    }

    @Test(arguments: [
        "", "Basic", "Basic ", "Bearer dnBuOmE=", "Basic dnBuOmE", "Basic !!", "Basic OmE=", "Basic dnBu",
        "Basic /zphYQ==", "Basic dnBuOmE=, Basic dnBuOmE=",
    ])
    func `refuses everything else`(field: String) {
        #expect(BasicAuthorization(field) == nil)
    }

    @Test func `takes the scheme in any case and refuses what is too long`() {
        #expect(BasicAuthorization("bAsIc dnBuOmE=")?.name == "vpn")
        #expect(BasicAuthorization(Self.header("vpn:" + String(repeating: "a", count: 2000))) == nil)
    }
}

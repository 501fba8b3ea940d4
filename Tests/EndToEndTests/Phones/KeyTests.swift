// SPDX-License-Identifier: Apache-2.0
import Crypto
import Primitives
import SimulatedPhone
import Testing
import TestKit

extension EndToEnd.Standing {
    /// R36: which keys become a device's, and that nothing but their public half is kept.
    @Suite struct Keys {
        let world: World

        init() throws { world = try World.current }

        // R36
        @Test func `a key is activated only by who has it, and once`() async throws {
            let person = try await world.createUser("carol")
            let link = try #require(try await world.createActivation(for: person)["activationURI"]?.text)
            let phone = try await world.newPhone()
            let before = try await world.storage(of: person)
            let forgeries =
                [("another key", Forgery.byAnotherKey()), ("another hash", Forgery.hashedTwice)]
                + [("other lines", Tampering(\.message) { $0 + [0x20] })]
                + Forgery.all.map { ($0.name, Tampering(\.signature, $0.change)) }
            for (name, forgery) in forgeries {
                let refused = try await refusal { try await phone.activate(link: link, tampering: forgery) }
                #expect(refused?.status == 401 && refused?.code == "unauthenticated", "\(name)")
            }
            #expect(try await world.storage(of: person) == before)
            try await phone.activate(link: link)
            let other = try await world.createUser("dave")
            let second = try #require(try await world.createActivation(for: other)["activationURI"]?.text)
            let again = try await refusal { try await phone.activate(link: second) }
            #expect(again != nil, "one key belongs to one device")
            let listed = try await world.expect(200, "GET", "/users/\(other.name)/factors")
            #expect(listed["items"]?.items.isEmpty == true)
        }

        /// In place of the key's SubjectPublicKeyInfo.
        private static let others: [(name: String, key: @Sendable ([UInt8]) -> [UInt8])] = [
            ("none", { _ in [] }), ("a SEQUENCE's beginning", { _ in [0x30] }),
            ("off the curve", { $0.dropLast() + [($0.last ?? 0) ^ 1] }),
            ("infinity", { $0.dropLast(65) + [UInt8](repeating: 0, count: 65) }),
            ("infinity in its short form", { _ in bytes("3019301306072a8648ce3d020106082a8648ce3d03010703020000") }),
            ("the origin", { $0.dropLast(64) + [UInt8](repeating: 0, count: 64) }),
            ("the bare point", { Array($0.suffix(65)) }), ("a byte more", { $0 + [0] }),
            (
                "compressed",
                {
                    bytes("3039301306072a8648ce3d020106082a8648ce3d030107032200") + [2 + (($0.last ?? 0) & 1)]
                        + $0.suffix(64).prefix(32)
                }
            ),
            ("P-384", { _ in Array(P384.Signing.PrivateKey().publicKey.derRepresentation) }),
            ("P-521", { _ in Array(P521.Signing.PrivateKey().publicKey.derRepresentation) }),
            ("a private key", { _ in Array(P256.Signing.PrivateKey().derRepresentation) }),
            ("Ed25519", { _ in bytes("302a300506032b6570032100") + [UInt8](repeating: 0x21, count: 32) }),
            // The requirement wants RSA below 3072 bits refused; a phone's key is of P-256, so all of it is.
            ("RSA 1024", { _ in rsa("30819f300d06092a864886f70d010101050003818d0030818902818100", 128) }),
            ("RSA 2048", { _ in rsa("30820122300d06092a864886f70d01010105000382010f003082010a0282010100", 256) }),
            ("RSA 3072", { _ in rsa("308201a2300d06092a864886f70d01010105000382018f003082018a0282018100", 384) }),
        ]

        private static func bytes(_ hex: String) -> [UInt8] { Hex.decode(hex) ?? [] }

        private static func rsa(_ head: String, _ count: Int) -> [UInt8] {
            bytes(head) + [UInt8](repeating: 0xc5, count: count) + [2, 3, 1, 0, 1]
        }

        // R36
        @Test func `keys that are none are refused`() async throws {
            let person = try await world.createUser("carol")
            let link = try #require(try await world.createActivation(for: person)["activationURI"]?.text)
            let phone = try await world.newPhone()
            let whole = phone.publicKey
            let before = try await world.storage(of: person)
            for (name, key) in Self.others {
                let swap = Tampering(\.body) { body in
                    let text = String(decoding: body, as: UTF8.self)
                    return Array(text.replacing(Base64URL.encode(whole), with: Base64URL.encode(key(whole))).utf8)
                }
                let refused = try await refusal { try await phone.activate(link: link, tampering: swap) }
                #expect(refused?.status == 401, "\(name)")
            }
            #expect(try await world.storage(of: person) == before)
            try await phone.activate(link: link)
        }

        // R36, R34: the public key is there, which shows that the search finds what is there.
        @Test func `neither private keys nor activation secrets stand in the database`() async throws {
            let person = try await world.createUser("carol")
            let activation = try await world.createActivation(for: person)
            let phone = try await world.newPhone()
            try await phone.activate(link: try #require(activation["activationURI"]?.text))
            let prompt = try await world.prompt(person)
            #expect(try await world.approve(prompt, on: phone) == "approved")
            let text = try await phone.state.key
            let key = try #require(Base64URL.decode(text))
            let secret = try #require(activation["secret"]?.text)
            let code = try #require(activation["code"]?.text)
            let sought = [
                text, Hex.encode(key), secret, Hex.encode(Base64URL.decode(secret) ?? []),
                Hex.encode(Array(secret.utf8)),
                code, code.replacing("-", with: ""), Hex.encode(Array(code.utf8)),
            ]
            #expect(try await world.tables(holding: sought).isEmpty)
            #expect(try await world.tables(holding: [Hex.encode(phone.publicKey)]) == ["core.factor", "core.sign_in"])
        }
    }
}

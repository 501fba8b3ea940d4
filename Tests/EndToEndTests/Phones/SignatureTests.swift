// SPDX-License-Identifier: Apache-2.0
import Crypto
import Postgres
import Primitives
import SimulatedPhone
import Testing
import TestKit

extension EndToEnd.Standing {
    /// R24: nothing but the enrolled key of the phone approves.
    @Suite struct Signatures {
        let world: World

        init() throws { world = try World.current }

        /// What stands in place of the answer's signature, and what the phone hears.
        private static let forgeries: [(name: String, forgery: Tampering)] = [
            ("a: none", Tampering(\.signature) { _ in [] }),
            ("b: zeros", Tampering(\.signature) { _ in [UInt8](repeating: 0, count: 64) }),
            ("g: r is zero", Tampering(\.signature) { [UInt8](repeating: 0, count: 32) + $0.suffix(32) }),
            ("g: s is zero", Tampering(\.signature) { Array($0.prefix(32)) + [UInt8](repeating: 0, count: 32) }),
            ("g: r and s are the group's order", Tampering(\.signature) { _ in Self.order + Self.order }),
            ("g: one bit bent", Tampering(\.signature) { [$0[0] ^ 1] + $0.dropFirst() }),
            ("g: a byte too much", Tampering(\.signature) { $0 + [0] }),
            ("d: another transaction", Tampering(\.message) { Self.replacingLine(1, of: $0, by: "other") }),
            ("e: the decision turned round", Tampering(\.message) { Self.replacingLine(7, of: $0, by: "deny") }),
            ("f: another number", Tampering(\.message) { Self.replacingLine(8, of: $0, by: "1234567") }),
            ("another application", Tampering(\.message) { Self.replacingLine(4, of: $0, by: "other") }),
            ("another person", Tampering(\.message) { Self.replacingLine(3, of: $0, by: "other") }),
        ]

        private static let order =
            Hex.decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551") ?? []

        private static func replacingLine(_ index: Int, of message: [UInt8], by text: String) -> [UInt8] {
            var lines = String(decoding: message, as: UTF8.self).split(
                separator: "\n", omittingEmptySubsequences: false)
            lines[index] = Substring(text)
            return Array(lines.joined(separator: "\n").utf8)
        }

        // R24 a, b, d–g
        @Test func `a forged answer is refused and the sign-in stays pending`() async throws {
            let (person, phone) = try await world.createUserWithPhone("carol")
            let prompt = try await world.prompt(person)
            let challenge = try await world.challenge(prompt, on: phone)
            for (name, forgery) in Self.forgeries {
                let refused = try await refusal {
                    try await phone.answer(challenge, .approve(number: prompt.number), tampering: forgery)
                }
                #expect(refused?.status == 403 && refused?.code == "bad_signature", "\(name)")
                #expect(try await world.signIn(prompt.id)["state"]?.text == "pending", "\(name)")
            }
            let counted = Self.forgeries.count - 1
            // A signature that is not there at all cannot be judged.
            #expect(try await world.auditRows(of: person, event: "push.bad_signature") >= counted)
            #expect(try await phone.answer(challenge, .approve(number: prompt.number)) == "approved")
        }

        // R24 c
        @Test func `another person's phone signs nothing for this one`() async throws {
            let (person, phone) = try await world.createUserWithPhone("carol")
            let (_, stranger) = try await world.createUserWithPhone("mallory")
            let prompt = try await world.prompt(person)
            let challenge = try await world.challenge(prompt, on: phone)
            let inner = try await refusal {
                try await phone.answer(
                    challenge, .approve(number: prompt.number), tampering: try Self.signedBy(stranger, \.signature))
            }
            #expect(inner?.code == "bad_signature")
            let outer = try await refusal {
                try await phone.answer(
                    challenge, .approve(number: prompt.number),
                    tampering: try Self.signedBy(stranger, \.requestSignature))
            }
            #expect(outer?.status == 401 && outer?.code == "unauthenticated")
            #expect(try await world.signIn(prompt.id)["state"]?.text == "pending")
        }

        private static func signedBy(
            _ stranger: SimulatedPhone, _ place: WritableKeyPath<Tampering, Tampering.Change?>
        ) throws -> Tampering {
            let signature = try stranger.sign(Array("countersign".utf8))
            return Tampering(place) { _ in signature }
        }

        // R24 i
        @Test func `a body that was changed or says things twice is refused`() async throws {
            let (person, phone) = try await world.createUserWithPhone("carol")
            let prompt = try await world.prompt(person)
            let challenge = try await world.challenge(prompt, on: phone)
            let twice = Tampering(\.body) { Array("{\"decision\":\"deny\",".utf8) + $0.dropFirst() }
            let doubled = try await refusal {
                try await phone.answer(challenge, .approve(number: prompt.number), tampering: twice)
            }
            #expect(doubled?.status == 400 && doubled?.code == "invalid_request")
            let changed = Tampering(\.sentBody) { Array($0) + [0x20] }
            let bent = try await refusal {
                try await phone.answer(challenge, .approve(number: prompt.number), tampering: changed)
            }
            #expect(bent?.status == 401)
            #expect(try await world.signIn(prompt.id)["state"]?.text == "pending")
            // The order of keys is the phone's own business: what is signed are lines, not JSON.
            let reordered = Tampering(\.body) { bytes in
                let text = String(decoding: bytes, as: UTF8.self).dropFirst().dropLast()
                return Array("{\(text.split(separator: ",").reversed().joined(separator: ","))}".utf8)
            }
            #expect(
                try await phone.answer(challenge, .approve(number: prompt.number), tampering: reordered) == "approved")
        }

        // R24
        @Test func `what decided can be verified again by anyone`() async throws {
            let (person, phone) = try await world.createUserWithPhone("carol")
            let prompt = try await world.prompt(person)
            #expect(try await world.approve(prompt, on: phone) == "approved")
            let rows = try await world.sql(
                "select message, signature, signing_key from core.sign_in where id = '\(prompt.id)'")
            let row = try #require(rows.first)
            let key = try P256.Signing.PublicKey(derRepresentation: row.bytes("signing_key"))
            let signature = try P256.Signing.ECDSASignature(rawRepresentation: row.bytes("signature"))
            #expect(key.isValidSignature(signature, for: try row.bytes("message")))
            #expect(try row.bytes("signing_key") == phone.publicKey)
            let lines = String(decoding: try row.bytes("message"), as: UTF8.self).split(separator: "\n")
            #expect(lines.first == "countersign-answer-v1" && lines.last.map(String.init) == prompt.number)
        }

        // R24: the account of mobileapp-service approves nothing by itself.
        @Test func `the mobile account cannot answer without the phone`() async throws {
            let (person, phone) = try await world.createUserWithPhone("carol")
            let prompt = try await world.prompt(person)
            let device = try #require(await phone.identity?.deviceId)
            let nonce = try await world.call("POST", "/devices/nonces", as: "mobile")
            let body = Base64URL.encode(
                Array("{\"decision\":\"approve\",\"number\":\"\(prompt.number)\",\"signature\":\"\"}".utf8))
            for signature in ["", Base64URL.encode([UInt8](repeating: 1, count: 64))] {
                let reply = try await world.call(
                    "POST", "/devices/requests/answer-challenge",
                    [
                        "deviceId": .string(device), "nonce": nonce["nonce"] ?? .null, "signature": .string(signature),
                        "method": "POST", "target": .string("/api/v1/challenges/\(prompt.id)/answers"),
                        "body": .string(body),
                    ], as: "mobile")
                #expect(reply.status == 401, "\(reply.text)")
            }
            #expect(try await world.signIn(prompt.id)["state"]?.text == "pending")
            #expect(try await world.approve(prompt, on: phone) == "approved")
        }
    }
}

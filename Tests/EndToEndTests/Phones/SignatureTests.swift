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

        /// What is signed in place of the answer's lines.
        private static let otherLines: [(name: String, forgery: Tampering)] = [
            ("d: another transaction", Tampering(\.message) { replacingLine(1, of: $0, by: "other") }),
            ("another nonce", Tampering(\.message) { replacingLine(2, of: $0, by: "other") }),
            ("another person", Tampering(\.message) { replacingLine(3, of: $0, by: "other") }),
            ("another application", Tampering(\.message) { replacingLine(4, of: $0, by: "other") }),
            ("another address", Tampering(\.message) { replacingLine(5, of: $0, by: "198.51.100.1") }),
            ("another time", Tampering(\.message) { replacingLine(6, of: $0, by: "2026-01-01T00:00:00.000Z") }),
            ("e: the decision turned round", Tampering(\.message) { replacingLine(7, of: $0, by: "deny") }),
            ("f: another number", Tampering(\.message) { replacingLine(8, of: $0, by: "1234567") }),
            ("a line more", Tampering(\.message) { $0 + [0x0a] }),
            ("g: another key", Forgery.byAnotherKey()), ("g: another hash", Forgery.hashedTwice),
        ]

        private static func replacingLine(_ index: Int, of message: [UInt8], by text: String) -> [UInt8] {
            var lines = String(decoding: message, as: UTF8.self).split(
                separator: "\n", omittingEmptySubsequences: false)
            lines[index] = Substring(text)
            return Array(lines.joined(separator: "\n").utf8)
        }

        // R24 a, b, d–g
        @Test func `a forged answer is refused, and nothing is counted, stored or decided`() async throws {
            let (person, phone) = try await world.createUserWithPhone("carol")
            let prompt = try await world.prompt(person)
            let challenge = try await world.challenge(prompt, on: phone)
            let before = try await world.storage(of: person)
            let forgeries =
                Self.otherLines + Forgery.all.map { ("g: \($0.name)", Tampering(\.signature, $0.change)) }
            for (name, forgery) in forgeries {
                let refused = try await refusal {
                    try await phone.answer(challenge, .approve(number: prompt.number), tampering: forgery)
                }
                #expect(refused?.status == 403 && refused?.code == "bad_signature", "\(name)")
            }
            #expect(try await world.storage(of: person) == before)
            #expect(try await world.signIn(prompt.id)["state"]?.text == "pending")
            #expect(try await world.auditRows(of: person, event: "push.bad_signature") == forgeries.count)
            #expect(try await phone.answer(challenge, .approve(number: prompt.number)) == "approved")
        }

        // R24 a: a signature that is no text, and a text that is no signature.
        @Test func `an answer without a signature is refused, and nothing is decided`() async throws {
            let (person, phone) = try await world.createUserWithPhone("carol")
            let prompt = try await world.prompt(person)
            let before = try await world.storage(of: person)
            let path = "/challenges/\(prompt.id)/answers"
            let bare: [String: JSON] = ["decision": "approve", "number": .string(prompt.number)]
            for value in [nil, .null, 0, true, [], [:]] as [JSON?] {
                let body = value.map { value in JSON.object(bare.merging(["signature": value]) { $1 }) }
                let reply = try await phone.request("POST", path, body: (body ?? .object(bare)).bytes)
                #expect(reply.status == 400, "\(String(decoding: reply.body, as: UTF8.self))")
            }
            let raw = Base64URL.encode([UInt8](repeating: 0xfb, count: 64))
            let texts = ["", "!", "AAAA=", raw + "==", raw + "\n", raw.replacing("-", with: "+"), "\u{0}", "é"]
            for text in texts {
                let body = JSON.object(bare.merging(["signature": .string(text)]) { $1 })
                let reply = try await phone.request("POST", path, body: body.bytes)
                #expect(reply.status == 403, "“\(text)”")
            }
            #expect(try await world.auditRows(of: person, event: "push.bad_signature") == texts.count)
            #expect(try await world.storage(of: person) == before)
            #expect(try await world.approve(prompt, on: phone) == "approved")
        }

        // R24 g, R32: the signature over the request is no weaker than the one over the answer.
        @Test func `a forged request is refused, and who is a stranger learns no more than that`() async throws {
            let (person, phone) = try await world.createUserWithPhone("carol")
            let prompt = try await world.prompt(person)
            let challenge = try await world.challenge(prompt, on: phone)
            for forgery in Forgery.all {
                let refused = try await refusal {
                    try await phone.answer(
                        challenge, .approve(number: prompt.number),
                        tampering: Tampering(\.requestSignature, forgery.change))
                }
                #expect(refused?.status == 401 && refused?.code == "unauthenticated", "\(forgery.name)")
            }
            // Who asks is settled before anything is read: bodies and addresses that are wrong look the same.
            let bent = Tampering(\.requestSignature) { [$0[0] ^ 1] + $0.dropFirst() }
            for (method, path, body) in [
                ("POST", "/challenges/\(prompt.id)/answers", "{"), ("POST", "/challenges/\(prompt.id)/answers", "{}"),
                ("POST", "/challenges/\(prompt.id)/answers", #"{"decision":"approve","signature":"!"}"#),
                ("POST", "/challenges/\(prompt.id)/answers", #"{"decision":"perhaps","signature":""}"#),
                ("PUT", "/push-address", "{}"), ("PUT", "/push-address", #"{"pushAddress":""}"#),
            ] {
                let reply = try await phone.request(method, path, body: Array(body.utf8), tampering: bent)
                #expect(reply.status == 401, "\(method) \(path) \(body)")
            }
            #expect(try await world.signIn(prompt.id)["state"]?.text == "pending")
            #expect(try await world.approve(prompt, on: phone) == "approved")
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

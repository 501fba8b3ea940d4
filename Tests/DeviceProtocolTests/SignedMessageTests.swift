// SPDX-License-Identifier: Apache-2.0
import Crypto
import DeviceProtocol
import Primitives
import Testing

/// What goes into an answer's message, as the contract lists it.
struct Answer {
    var challengeID = "2f1c7a52-6f3b-4f5e-9f5a-0c2b7f3f1a11"
    var challengeNonce = "bm9uY2U"
    var userID = "9b2e6a10-8a53-4b6e-8f0e-3c5d4e6f7a8b"
    var application = "vpn"
    var clientAddress = "203.0.113.7"
    var createdAt = "2026-01-02T03:04:05.678Z"
    var decision = DeviceDecision.approve
    var number = NumberEntry(parsing: "048392")

    var message: AnswerMessage? {
        AnswerMessage(
            challengeID: challengeID, challengeNonce: challengeNonce, userID: userID, application: application,
            clientAddress: clientAddress, createdAt: createdAt, decision: decision, number: number)
    }

    /// The same answer with one thing changed, for each thing that is signed.
    static let changes: [(String, @Sendable (inout Answer) -> Void)] = [
        ("challenge", { $0.challengeID = "2f1c7a52-6f3b-4f5e-9f5a-0c2b7f3f1a12" }),
        ("nonce", { $0.challengeNonce = "bm9uY2V" }),
        ("user", { $0.userID = "9b2e6a10-8a53-4b6e-8f0e-3c5d4e6f7a8c" }),
        ("application", { $0.application = "VPN" }),
        ("address", { $0.clientAddress = "" }),
        ("time", { $0.createdAt = "2026-01-02T03:04:05.679Z" }),
        ("decision", { ($0.decision, $0.number) = (.deny, nil) }),
        ("number", { $0.number = NumberEntry(parsing: "48392") }),
        ("no number", { $0.number = nil }),
    ]
}

@Suite struct `Signed messages` {
    private func text(_ bytes: [UInt8]?) -> String? {
        bytes.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `of an activation have three or four lines`() throws {  // R36
        let key = try TestDevice().publicKey
        let hash = Base64URL.encode(SHA256.hash(data: key.der))
        let scanned = ActivationMessage(credential: .secret("c2VjcmV0"), publicKey: key)
        #expect(text(scanned?.bytes) == "countersign-activation-v1\nc2VjcmV0\n\(hash)")
        let typed = ActivationMessage(credential: .typed(user: "Älice", code: "7k3m-x9qt"), publicKey: key)
        #expect(text(typed?.bytes) == "countersign-activation-v1\nÄlice\n7k3m-x9qt\n\(hash)")
    }

    /// The SHA-256 of nothing and of `{}` are written out, so that a change of the hash's form shows.
    @Test func `of a request have six lines`() {  // R32
        let empty = RequestMessage(
            method: "GET", target: "/api/v1/challenges?limit=5", body: [], deviceID: "d-1", nonce: "n-1")
        #expect(
            text(empty?.bytes)
                == "countersign-request-v1\nGET\n/api/v1/challenges?limit=5\n"
                + "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU\nd-1\nn-1")
        let body = RequestMessage(
            method: "PUT", target: "/api/v1/push-address", body: Array("{}".utf8), deviceID: "d-1", nonce: "n-2")
        #expect(
            text(body?.bytes)
                == "countersign-request-v1\nPUT\n/api/v1/push-address\n"
                + "RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o\nd-1\nn-2")
    }

    @Test func `of an answer have nine lines`() {  // R24
        #expect(
            text(Answer().message?.bytes)
                == "countersign-answer-v1\n2f1c7a52-6f3b-4f5e-9f5a-0c2b7f3f1a11\nbm9uY2U\n"
                + "9b2e6a10-8a53-4b6e-8f0e-3c5d4e6f7a8b\nvpn\n203.0.113.7\n2026-01-02T03:04:05.678Z\napprove\n048392")
    }

    @Test(arguments: DeviceDecision.allCases)
    func `of an answer keep the lines of absent things empty`(decision: DeviceDecision) {  // R24
        let answer = Answer(clientAddress: "", decision: decision, number: nil)
        #expect(
            text(answer.message?.bytes)
                == "countersign-answer-v1\n2f1c7a52-6f3b-4f5e-9f5a-0c2b7f3f1a11\nbm9uY2U\n"
                + "9b2e6a10-8a53-4b6e-8f0e-3c5d4e6f7a8b\nvpn\n\n2026-01-02T03:04:05.678Z\n\(decision.rawValue)\n")
    }

    @Test(arguments: [DeviceDecision.deny, .fraud])
    func `of a refusal carry no number`(decision: DeviceDecision) {
        #expect(Answer(decision: decision).message == nil)
    }

    @Test(arguments: ["\n", "a\nb", "\r\n", "a\r\nb", "\n\u{301}", "b\n"])
    func `cannot hold a line feed in a value`(value: String) throws {
        let key = try TestDevice().publicKey
        #expect(ActivationMessage(credential: .secret(value), publicKey: key) == nil)
        #expect(ActivationMessage(credential: .typed(user: value, code: "c"), publicKey: key) == nil)
        #expect(ActivationMessage(credential: .typed(user: "u", code: value), publicKey: key) == nil)
        for place in 0..<4 {
            var values = ["GET", "/api/v1/challenges", "d", "n"]
            values[place] = value
            #expect(
                RequestMessage(method: values[0], target: values[1], body: [], deviceID: values[2], nonce: values[3])
                    == nil)
        }
        #expect(Answer(challengeID: value).message == nil)
        #expect(Answer(challengeNonce: value).message == nil)
        #expect(Answer(userID: value).message == nil)
        #expect(Answer(application: value).message == nil)
        #expect(Answer(clientAddress: value).message == nil)
        #expect(Answer(createdAt: value).message == nil)
    }

    @Test(arguments: ["\r", "\u{2028}", "\u{85}", "\0", "é", "e\u{301}"])
    func `keep every other character byte for byte`(value: String) throws {
        let message = try #require(Answer(application: value).message)
        let lines = message.bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        #expect(lines.count == 9)
        #expect(Array(lines[4]) == Array(value.utf8))
    }

    @Test(arguments: Answer.changes.indices)
    func `are not signed by a signature over another answer`(index: Int) throws {  // R24 (d)–(f), R30
        let device = try TestDevice()
        let signed = try #require(Answer().message)
        let signature = try device.sign(signed.bytes)
        #expect(device.publicKey.verify(signature: signature, message: signed.bytes))
        var changed = Answer()
        Answer.changes[index].1(&changed)
        let message = try #require(changed.message)
        #expect(!device.publicKey.verify(signature: signature, message: message.bytes), "\(Answer.changes[index].0)")
    }

    @Test func `of one kind never pass for another`() throws {
        // The same values, chosen so that only the first lines differ in meaning.
        let key = try TestDevice().publicKey
        let activation = try #require(ActivationMessage(credential: .typed(user: "GET", code: "/"), publicKey: key))
        let request = try #require(RequestMessage(method: "GET", target: "/", body: key.der, deviceID: "", nonce: ""))
        let answer = try #require(Answer().message)
        let starts = [activation.bytes, request.bytes, answer.bytes].map {
            String(decoding: $0.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        }
        #expect(starts == ["countersign-activation-v1", "countersign-request-v1", "countersign-answer-v1"])
    }
}

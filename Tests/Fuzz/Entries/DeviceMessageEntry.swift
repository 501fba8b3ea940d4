// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
import HTTPKit
import MFAAPI
import MFACoreServer
import MFADomain
import Primitives

/// Everything that phones send: the bodies of their operations, and the lines that they sign.
enum DeviceMessageEntry {
    /// Stands where a message has a key and the bytes have none.
    private static let key = DevicePublicKey(
        base64URL:
            "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li_hp_m47n60p8D54W"
            + "K84zV2sxXs7LtkBoN79R9Q")

    /// The first byte says which parser gets the rest.
    static func fault(on bytes: [UInt8]) -> String? {
        guard let first = bytes.first else { return nil }
        let rest = Array(bytes.dropFirst())
        return switch first % 6 {
        case 0: activation(rest)
        case 1: answer(rest)
        case 2: pushAddress(rest)
        case 3: request(rest)
        case 4: typed(rest)
        default: target(rest)
        }
    }

    private static func body<Body: APIRequest>(_ type: Body.Type, _ bytes: [UInt8]) -> Body? {
        try? StrictJSON.decode(type, from: bytes, keyPaths: type.keyPaths)
    }

    private static func activation(_ bytes: [UInt8]) -> String? {
        guard let body = body(PhoneActivationRequest.self, bytes) else { return nil }
        guard let proposal = try? DeviceFields.proposal(body) else { return nil }
        guard proposal.publicKey == DevicePublicKey(der: proposal.publicKey.der) else { return "its key changes" }
        let shown: [String] =
            switch proposal.credential {
            case .secret(let secret): [secret]
            case .typed(let user, let code): [user, code]
            }
        let message = ActivationMessage(credential: proposal.credential, publicKey: proposal.publicKey)
        return lines(message?.bytes, begin: ["countersign-activation-v1"] + shown, count: shown.count + 2)
    }

    private static func answer(_ bytes: [UInt8]) -> String? {
        guard let body = body(AnswerChallengeRequest.self, bytes) else { return nil }
        guard let answer = try? DeviceFields.answer(body) else { return nil }
        guard answer.number?.text == body.number else { return "its number changes" }
        let message = AnswerMessage(
            challengeID: "c", challengeNonce: "n", userID: "u", application: "a", clientAddress: "", createdAt: "t",
            decision: answer.decision, number: answer.number)
        let expected = ["countersign-answer-v1", "c", "n", "u", "a", "", "t", body.decision, body.number ?? ""]
        return lines(message?.bytes, begin: expected, count: 9)
    }

    private static func pushAddress(_ bytes: [UInt8]) -> String? {
        guard let body = body(PushAddressRequest.self, bytes) else { return nil }
        guard let address = try? DeviceFields.pushAddress(body) else { return nil }
        return address.isEmpty || address.count > 2048 ? "its length" : nil
    }

    /// Method, target, body, device and nonce, with a zero byte between them.
    private static func request(_ bytes: [UInt8]) -> String? {
        let parts = bytes.split(separator: 0, maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 5 else { return nil }
        let texts = parts.map { String(decoding: $0, as: UTF8.self) }
        let message = RequestMessage(
            method: texts[0], target: texts[1], body: Array(parts[2]), deviceID: texts[3], nonce: texts[4])
        return lines(message?.bytes, begin: ["countersign-request-v1", texts[0], texts[1]], count: 6)
            ?? typedMessage(user: texts[3], code: texts[4])
    }

    private static func typedMessage(user: String, code: String) -> String? {
        guard let key else { return "the key of this entry is none" }
        let message = ActivationMessage(credential: .typed(user: user, code: code), publicKey: key)
        return lines(message?.bytes, begin: ["countersign-activation-v1", user, code], count: 4)
    }

    /// A message that was made has as many lines as its kind, and they say what was put in; nothing hides in a line.
    private static func lines(_ bytes: [UInt8]?, begin: [String], count: Int) -> String? {
        guard let bytes else {
            return begin.contains { $0.utf8.contains(UInt8(ascii: "\n")) } || count == 6 || count == 4
                ? nil : "it is refused although no line holds a line feed"
        }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.count == count else { return "it has \(lines.count) lines" }
        return zip(lines, begin).allSatisfy { $0.elementsEqual($1.utf8) } ? nil : "its lines are not what was put in"
    }

    /// Codes and numbers that a person types, and keys.
    private static func typed(_ bytes: [UInt8]) -> String? {
        let text = String(decoding: bytes, as: UTF8.self)
        if let code = ActivationCode(parsing: text) {
            guard ActivationCode(parsing: code.canonical)?.canonical == code.canonical,
                ActivationCode(parsing: code.text)?.canonical == code.canonical
            else { return "a code is another when it is typed again" }
        }
        if let number = NumberEntry(parsing: text), number.text != text { return "a number changes" }
        if let secret = ActivationSecret(parsing: text), secret.text != text { return "a secret changes" }
        if let key = DevicePublicKey(der: bytes), key.der != bytes { return "a key changes" }
        if let key = DevicePublicKey(base64URL: text), Base64URL.encode(key.der) != text {
            return "a key has two spellings"
        }
        return nil
    }

    private static func target(_ bytes: [UInt8]) -> String? {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let id = try? DeviceFields.challengeID(of: text) else { return nil }
        let spelt = "/api/v1/challenges/\(id)/answers"
        return text.lowercased() == spelt ? nil : "a target is taken for another: \(spelt)"
    }
}

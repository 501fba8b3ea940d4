// SPDX-License-Identifier: Apache-2.0
import Crypto
import DeviceProtocol
import Primitives
import Testing
import TestKit

/// Somebody who tries activations without a phone's program: bodies as mobileapp-service hands them on, from any
/// address that it would claim.
struct PhoneGuess: Sendable {
    private let key = P256.Signing.PrivateKey()

    /// The body of `POST /devices/activations`, with a proof that verifies.
    func request(_ credential: ActivationCredential, from address: String) throws -> JSON {
        let publicKey = try #require(DevicePublicKey(der: Array(key.publicKey.derRepresentation)))
        let message = try #require(ActivationMessage(credential: credential, publicKey: publicKey))
        let proof = Array(try key.signature(for: message.bytes).rawRepresentation)
        var body: [String: JSON] = [
            "publicKey": .string(Base64URL.encode(publicKey.der)), "deviceName": "phone", "platform": "test",
            "proof": .string(Base64URL.encode(proof)),
        ]
        switch credential {
        case .secret(let secret): body["secret"] = .string(secret)
        case .typed(let user, let code):
            body["user"] = .string(user)
            body["code"] = .string(code)
        }
        return [
            "body": .string(Base64URL.encode(JSON.object(body).bytes)), "clientAddress": .string(address),
        ]
    }

    /// A typed code that is nobody's but by a chance of one in 2⁴⁰.
    static func code() -> String { ActivationCode(from: SystemRandomSource()).text }
}

extension StrictPair {
    /// One try to activate by way of one of the two.
    func activate(
        _ credential: ActivationCredential, from address: String, copy: Int = 0, by guess: PhoneGuess = PhoneGuess()
    ) async throws -> Reply {
        try await call(
            "POST", "/devices/activations", try guess.request(credential, from: address), as: "mobile", copy: copy)
    }
}

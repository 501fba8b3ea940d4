// SPDX-License-Identifier: Apache-2.0
import Crypto
import DeviceProtocol
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import Primitives
import TestKit
import Testing

/// A phone whose calls arrive as mobileapp-service hands them on.
struct Phone: Sendable {
    /// Where it calls mobileapp-service from.
    static let address = "198.51.100.9"

    let door: CoreDoor
    let key = P256.Signing.PrivateKey()
    var deviceID = CoreDoor.noID
    var userID = CoreDoor.noID

    init(_ door: CoreDoor) {
        self.door = door
    }

    /// A phone that a person's fresh activation made a device.
    static func activated(for user: String = "alice", _ door: CoreDoor) async throws -> Phone {
        var phone = Phone(door)
        let secret = try #require(try await door.send(.createActivation, user: user)["secret"])
        let answer = try await phone.activate(.secret(secret))
        try #require(answer.status == .created, "\(answer.text)")
        phone.deviceID = try #require(answer["deviceId"])
        phone.userID = try #require(answer["userId"])
        return phone
    }

    /// Shows `credential`, with a proof over `proven` where that is another one.
    func activate(_ credential: ActivationCredential, proving proven: ActivationCredential? = nil) async throws
        -> TestResponse
    {
        let publicKey = try #require(DevicePublicKey(der: Array(key.publicKey.derRepresentation)))
        let message = try #require(ActivationMessage(credential: proven ?? credential, publicKey: publicKey))
        var body: [String: JSON] = [
            "publicKey": .string(Base64URL.encode(publicKey.der)), "deviceName": "Alice's phone",
            "platform": "test", "proof": .string(try sign(message.bytes)),
        ]
        switch credential {
        case .secret(let secret): body["secret"] = .string(secret)
        case .typed(let user, let code):
            body["user"] = .string(user)
            body["code"] = .string(code)
        }
        return try await activate(body: .object(body))
    }

    /// Sends any body as an activation.
    func activate(body: JSON) async throws -> TestResponse {
        try await door.send(
            .activateDevice,
            ["body": .string(Base64URL.encode(body.bytes)), "clientAddress": .string(Self.address)])
    }

    /// base64url of r‖s.
    func sign(_ message: [UInt8]) throws -> String {
        Base64URL.encode(Array(try key.signature(for: message).rawRepresentation))
    }

    /// A nonce of mfa-core's.
    func nonce() async throws -> String { try #require(try await door.send(.createNonce)["nonce"]) }

    /// A request as it is signed and handed on.
    func request(_ method: String, _ target: String, body: [UInt8] = [], nonce: String) throws -> [String: JSON] {
        let message = try #require(
            RequestMessage(method: method, target: target, body: body, deviceID: deviceID, nonce: nonce))
        return [
            "deviceId": .string(deviceID), "nonce": .string(nonce), "signature": .string(try sign(message.bytes)),
            "method": .string(method), "target": .string(target), "body": .string(Base64URL.encode(body)),
            "clientAddress": .string(Self.address),
        ]
    }

    /// Sends a signed request with a fresh nonce.
    func call(_ operation: MFAAPI.Operation, _ method: String, _ target: String, body: JSON? = nil) async throws
        -> TestResponse
    {
        let request = try request(method, target, body: body?.bytes ?? [], nonce: try await nonce())
        return try await door.send(operation, .object(request))
    }

    /// Asks what waits.
    func challenges() async throws -> TestResponse { try await call(.listChallenges, "GET", "/api/v1/challenges") }

    /// The one challenge that waits.
    func challenge() async throws -> JSON {
        let list = try await challenges()
        return try #require(list.json?["items"]?.items.first, "\(list.text)")
    }

    /// The body of an answer to `challenge`, signed.
    func answerBody(_ challenge: JSON, _ decision: DeviceDecision, number: String? = nil) throws -> JSON {
        let message = try #require(
            AnswerMessage(
                challengeID: challenge["id"]?.text ?? "", challengeNonce: challenge["nonce"]?.text ?? "",
                userID: userID, application: challenge["application"]?.text ?? "",
                clientAddress: challenge["clientAddress"]?.text ?? "",
                createdAt: challenge["createdAt"]?.text ?? "", decision: decision,
                number: number.flatMap { NumberEntry(parsing: $0) }))
        var body: [String: JSON] = [
            "decision": .string(decision.rawValue), "signature": .string(try sign(message.bytes)),
        ]
        if let number { body["number"] = .string(number) }
        return .object(body)
    }

    /// Answers `challenge`.
    func answer(_ challenge: JSON, _ decision: DeviceDecision, number: String? = nil) async throws -> TestResponse {
        try await answer(challenge["id"]?.text ?? "", body: try answerBody(challenge, decision, number: number))
    }

    /// Sends any body as the answer to the challenge with this id.
    func answer(_ id: String, body: JSON) async throws -> TestResponse {
        try await call(.answerChallenge, "POST", "/api/v1/challenges/\(id)/answers", body: body)
    }
}

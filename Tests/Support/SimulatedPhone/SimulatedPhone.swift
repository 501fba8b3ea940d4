// SPDX-License-Identifier: Apache-2.0
import Crypto
import DeviceProtocol
import Foundation
import Primitives

/// What the owner of the phone does with a challenge.
package enum PhoneAnswer: Sendable {
    /// Types the number, or approves without one where the challenge asks for none.
    case approve(number: String? = nil)
    case deny
    case fraud
}

/// A phone as somebody else would build one from the contract: its own key, real HTTPS, no types of the services.
///
/// | step | call | signed with the phone's key |
/// |---|---|---|
/// | activate | `POST /activations` | the secret and the hash of the public key |
/// | nonce | `POST /nonces`, or the header of the last answer | – |
/// | look | `GET /challenges` | the request |
/// | answer | `POST /challenges/{id}/answers` | the answer, and the request around it |
///
/// A nonce is used once and not after 45 s, since it lives 60. Nothing is sent twice, so that what a test sees is what
/// the service did. Each method takes a ``Tampering`` for tests of what a dishonest phone would achieve.
package actor SimulatedPhone {
    private static let nonceAgeMax = Duration.seconds(45)
    private static let api = "/api/v1"

    private nonisolated let key: P256.Signing.PrivateKey
    private let transport: PhoneTransport
    private let trustRootsPath: String?
    private var baseURL: String?
    private var next: (nonce: String, since: ContinuousClock.Instant)?
    /// Who the phone belongs to; nil before activation and after removal.
    package private(set) var identity: PhoneIdentity?

    /// A new phone with a fresh key.
    ///
    /// - Parameters:
    ///   - baseURL: where the service is, such as `https://localhost:8444/PA`; nil to learn it from the link.
    ///   - trustRootsPath: PEM of the certification authorities to trust; nil for the system's.
    package init(baseURL: String? = nil, trustRootsPath: String?) throws {
        self.baseURL = baseURL
        self.trustRootsPath = trustRootsPath
        key = P256.Signing.PrivateKey()
        transport = try PhoneTransport(trustRootsPath: trustRootsPath)
    }

    /// A phone as it was when it gave its ``state``, with another base URL where one is given.
    package init(state: PhoneState, baseURL: String? = nil) throws {
        guard let raw = Base64URL.decode(state.key), let key = try? P256.Signing.PrivateKey(rawRepresentation: raw)
        else { throw PhoneError.unexpectedAnswer("a state without a usable key") }
        self.key = key
        self.baseURL = baseURL ?? state.service
        trustRootsPath = state.trustRootsPath
        identity = state.identity
        transport = try PhoneTransport(trustRootsPath: state.trustRootsPath)
    }

    /// Everything that a later run needs to be this phone.
    package var state: PhoneState {
        get throws {
            guard let identity, let baseURL else { throw PhoneError.notActivated }
            return PhoneState(
                service: baseURL, trustRootsPath: trustRootsPath, key: Base64URL.encode(key.rawRepresentation),
                identity: identity)
        }
    }

    /// The public key as SubjectPublicKeyInfo in DER.
    package nonisolated var publicKey: [UInt8] { Array(key.publicKey.derRepresentation) }

    /// The phone's signature over any bytes, r‖s.
    package nonisolated func sign(_ message: [UInt8]) throws -> [UInt8] {
        Array(try key.signature(for: message).rawRepresentation)
    }

    /// Scans the QR code: activates with the secret of `link` at the phone's base URL, or else at the link's.
    @discardableResult package func activate(
        link: String, deviceName: String = "Simulated phone", pushAddress: String? = nil,
        tampering: Tampering = .none
    ) async throws -> PhoneIdentity {
        guard let parsed = ActivationLink(parsing: link) else { throw PhoneError.linkNotReadable }
        if baseURL == nil { baseURL = parsed.service }
        return try await activate(.secret(parsed.secret.text), deviceName, pushAddress, tampering)
    }

    /// Activates with a user name and a typed code, exactly as they are typed.
    @discardableResult package func activate(
        user: String, code: String, deviceName: String = "Simulated phone", pushAddress: String? = nil,
        tampering: Tampering = .none
    ) async throws -> PhoneIdentity {
        try await activate(.typed(user: user, code: code), deviceName, pushAddress, tampering)
    }

    /// Becomes the device `identity`, which was registered with this phone's key in another way than by activation.
    package func become(_ identity: PhoneIdentity) {
        (self.identity, next) = (identity, nil)
    }

    /// The sign-ins that wait for this phone.
    package func challenges(tampering: Tampering = .none) async throws -> [PhoneChallenge] {
        let reply = try await request("GET", "/challenges", tampering: tampering)
        return try PhoneJSON.decode(ChallengeList.self, from: Self.accepted(reply).body).items
    }

    /// Asks again and again until a sign-in waits for this phone, at most for `patience`; nil when none came.
    ///
    /// - Parameter id: the sign-in to wait for; any when nil.
    package func waitForChallenge(
        _ id: String? = nil, within patience: Duration, askingEvery interval: Duration = .milliseconds(500)
    ) async throws -> PhoneChallenge? {
        let end = ContinuousClock.now + patience
        while true {
            if let challenge = try await challenges().first(where: { id == nil || $0.id == id }) { return challenge }
            guard ContinuousClock.now + interval <= end else { return nil }
            try await Task.sleep(for: interval)
        }
    }

    /// Answers a challenge.
    ///
    /// - Returns: what became of the sign-in, `approved` or `denied`; throws ``PhoneError/refused(status:code:detail:)``
    ///   when the answer was not taken.
    @discardableResult package func answer(
        _ challenge: PhoneChallenge, _ answer: PhoneAnswer, tampering: Tampering = .none
    ) async throws -> String {
        guard let identity else { throw PhoneError.notActivated }
        let (decision, number) = try Self.parts(of: answer)
        let message = AnswerMessage(
            challengeID: challenge.id, challengeNonce: challenge.nonce, userID: identity.userId,
            application: challenge.application, clientAddress: challenge.clientAddress ?? "",
            createdAt: challenge.createdAt, decision: decision, number: number)
        guard let message else { throw PhoneError.notSignable("A challenge with line feeds") }
        let body = AnswerBody(
            decision: decision.rawValue, number: number?.text,
            signature: try signature(over: message.bytes, tampering.message, tampering.signature))
        let reply = try await request(
            "POST", "/challenges/\(challenge.id)/answers", body: PhoneJSON.encode(body), tampering: tampering)
        return try PhoneJSON.decode(StateAnswer.self, from: Self.accepted(reply).body).state
    }

    /// Tells the service where to send pushes.
    package func setPushAddress(_ address: String, tampering: Tampering = .none) async throws {
        let body = try PhoneJSON.encode(PushAddressBody(pushAddress: address))
        _ = try Self.accepted(await request("PUT", "/push-address", body: body, tampering: tampering))
    }

    /// Removes this phone from its owner's account.
    package func remove(tampering: Tampering = .none) async throws {
        _ = try Self.accepted(await request("DELETE", "/device", tampering: tampering))
        (identity, next) = (nil, nil)
    }

    /// A fresh nonce from the service.
    package func freshNonce() async throws -> String {
        let reply = try Self.accepted(await send("POST", "/nonces", body: []))
        return try PhoneJSON.decode(NonceAnswer.self, from: reply.body).nonce
    }

    /// Any request of this phone, signed, with its answer as it came.
    ///
    /// - Parameter path: from behind `/api/v1`, query included.
    package func request(
        _ method: String, _ path: String, body: [UInt8] = [], tampering: Tampering = .none
    ) async throws -> PhoneReply {
        guard let deviceID = tampering.deviceID ?? identity?.deviceId else { throw PhoneError.notActivated }
        let nonce = if let nonce = tampering.nonce { nonce } else { try await takeNonce() }
        let body = tampering.body?(body) ?? body
        let message = RequestMessage(
            method: method, target: Self.api + path, body: body, deviceID: deviceID, nonce: nonce)
        guard let message else { throw PhoneError.notSignable("A request with line feeds") }
        let signed = try signature(over: message.bytes, tampering.requestMessage, tampering.requestSignature)
        var headers = PhoneHeaders()
        headers.contentType = tampering.contentType ?? headers.contentType
        headers.device = (deviceID, nonce, tampering.signatureHeader ?? signed)
        let reply = try await send(
            method, path, target: tampering.sentTarget, headers: headers, body: tampering.sentBody?(body) ?? body)
        if let nonce = reply.headers["x-device-next-nonce"] { next = (nonce, .now) }
        return reply
    }

    /// Any request without a signature, with its answer as it came.
    ///
    /// - Parameters:
    ///   - path: from behind `/api/v1`, query included.
    ///   - target: sent in place of `/api/v1` and `path`.
    package func send(_ method: String, _ path: String, target: String? = nil, body: [UInt8]) async throws -> PhoneReply
    {
        try await send(method, path, target: target, headers: PhoneHeaders(), body: body)
    }

    private func send(
        _ method: String, _ path: String, target: String?, headers: PhoneHeaders, body: [UInt8]
    ) async throws -> PhoneReply {
        guard let baseURL else { throw PhoneError.serviceUnknown }
        let url = baseURL + (target ?? Self.api + path)
        return try await transport.send(method, url, headers: headers, body: body)
    }

    private func activate(
        _ credential: ActivationCredential, _ deviceName: String, _ pushAddress: String?, _ tampering: Tampering
    ) async throws -> PhoneIdentity {
        guard let publicKey = DevicePublicKey(der: publicKey),
            let message = ActivationMessage(credential: credential, publicKey: publicKey)
        else { throw PhoneError.notSignable("A secret, user or code with line feeds") }
        var body = ActivationBody(
            publicKey: Base64URL.encode(publicKey.der), deviceName: deviceName, platform: "simulated",
            pushAddress: pushAddress,
            proof: try signature(over: message.bytes, tampering.message, tampering.signature))
        switch credential {
        case .secret(let secret): body.secret = secret
        case .typed(let user, let code): (body.user, body.code) = (user, code)
        }
        let bytes = try PhoneJSON.encode(body)
        let changed = tampering.body?(bytes) ?? bytes
        var headers = PhoneHeaders()
        headers.contentType = tampering.contentType ?? headers.contentType
        let reply = try await send(
            "POST", "/activations", target: tampering.sentTarget, headers: headers,
            body: tampering.sentBody?(changed) ?? changed)
        let identity = try PhoneJSON.decode(PhoneIdentity.self, from: Self.accepted(reply).body)
        (self.identity, next) = (identity, nil)
        return identity
    }

    private func takeNonce() async throws -> String {
        // Taken out before anything is awaited: two requests at once never share a nonce.
        if let (nonce, since) = next {
            next = nil
            if since.duration(to: .now) < Self.nonceAgeMax { return nonce }
        }
        return try await freshNonce()
    }

    private nonisolated func signature(
        over message: [UInt8], _ changeMessage: Tampering.Change?, _ changeSignature: Tampering.Change?
    ) throws -> String {
        let signature = try sign(changeMessage?(message) ?? message)
        return Base64URL.encode(changeSignature?(signature) ?? signature)
    }

    private static func parts(of answer: PhoneAnswer) throws -> (DeviceDecision, NumberEntry?) {
        switch answer {
        case .deny: return (.deny, nil)
        case .fraud: return (.fraud, nil)
        case .approve(nil): return (.approve, nil)
        case .approve(let typed?):
            guard let number = NumberEntry(parsing: typed) else {
                throw PhoneError.notSignable("A number that is not 2 to 8 digits")
            }
            return (.approve, number)
        }
    }

    private static func accepted(_ reply: PhoneReply) throws -> PhoneReply {
        guard (200...299).contains(reply.status) else {
            let problem = try? PhoneJSON.decode(Problem.self, from: reply.body)
            throw PhoneError.refused(status: reply.status, code: problem?.code, detail: problem?.detail)
        }
        return reply
    }
}

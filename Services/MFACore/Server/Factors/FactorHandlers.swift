// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
import HTTPKit
import Hummingbird
import MFAAPI
import MFADomain
import OneTimePassword
import Pages
import Primitives

/// The wire of factors and activations.
struct FactorHandlers: Sendable {
    let factors: FactorService
    let issuer: String
    let mobileURL: String
    let random: any RandomSource

    func list(_ call: InternalCall) async throws -> Response {
        let factors = try await factors.list(of: try call.parameter("user"), caller: call.caller)
        return try JSONBody.response(Page(items: factors.map { FactorResponse($0) }, next: nil))
    }

    func create(_ call: InternalCall) async throws -> Response {
        let body = try call.decode(CreateFactorRequest.self)
        if body.kind == FactorKind.recovery.rawValue { return try await createRecoveryCodes(call, body) }
        let proposal = try FactorFields.proposal(body, random: random)
        let issuer = issuer
        let keeping = Answers.keeping(.created, isOneTime: true) { (added: AddedFactor) in
            CreateFactorResponse(added, proposal: proposal, issuer: issuer)
        }
        let answer = try await factors.add(
            proposal, to: try call.parameter("user"), caller: call.caller, keeping: keeping)
        return try Answers.response(answer, keeping)
    }

    private func createRecoveryCodes(_ call: InternalCall, _ body: CreateFactorRequest) async throws -> Response {
        let keeping = Answers.keeping(.created, isOneTime: true) { (added: AddedFactor) in
            CreateFactorResponse(recoveryCodesOf: added)
        }
        let answer = try await factors.addRecoveryCodes(
            named: try FactorFields.recoveryName(body), to: try call.parameter("user"), caller: call.caller,
            keeping: keeping)
        return try Answers.response(answer, keeping)
    }

    func confirm(_ call: InternalCall) async throws -> Response {
        let body = try call.decode(ConfirmFactorRequest.self)
        let keeping = Self.changeKeeping
        let answer = try await factors.confirm(
            try Self.id(call), of: try call.parameter("user"), passcode: body.passcode, caller: call.caller,
            keeping: keeping)
        return try Answers.response(answer, keeping)
    }

    func resynchronise(_ call: InternalCall) async throws -> Response {
        let body = try call.decode(ResynchroniseFactorRequest.self)
        guard body.passcodes.count == 2 else {
            throw Problem(ErrorCode.invalidRequest, detail: "passcodes: expected two consecutive passcodes.")
        }
        let keeping = Self.changeKeeping
        let answer = try await factors.resynchronise(
            try Self.id(call), of: try call.parameter("user"), passcodes: (body.passcodes[0], body.passcodes[1]),
            caller: call.caller, keeping: keeping)
        return try Answers.response(answer, keeping)
    }

    func delete(_ call: InternalCall) async throws -> Response {
        let removed = try await factors.remove(
            try Self.id(call), of: try call.parameter("user"), caller: call.caller)
        // A person's portal needs the ticket that replaces the one this change ended.
        guard removed.ticket != nil else { return Response(status: .noContent) }
        return try JSONBody.response(FactorStateResponse(removed, state: "revoked"))
    }

    func createActivation(_ call: InternalCall) async throws -> Response {
        let mobileURL = mobileURL
        let keeping = Answers.keeping(.created, isOneTime: true) { (issued: IssuedActivation) in
            try CreateActivationResponse(issued, mobileURL: mobileURL)
        }
        let answer = try await factors.issueActivation(
            for: try call.parameter("user"), caller: call.caller, keeping: keeping)
        return try Answers.response(answer, keeping)
    }

    func readActivation(_ call: InternalCall) async throws -> Response {
        guard let id = ActivationID(try call.parameter("id")) else {
            throw Problem(ErrorCode.notFound, reason: "not an id")
        }
        let state = try await factors.readActivation(
            id, of: try call.parameter("user"), caller: call.caller)
        return try JSONBody.response(ActivationResponse(state: state))
    }

    private static let changeKeeping = Answers.keeping(isOneTime: true) { (changed: ChangedFactor) in
        FactorStateResponse(changed, state: changed.change.factor.state.rawValue)
    }

    private static func id(_ call: InternalCall) throws(Problem) -> FactorID {
        guard let id = FactorID(try call.parameter("id")) else {
            throw Problem(ErrorCode.notFound, reason: "not an id")
        }
        return id
    }
}

extension FactorResponse {
    init(_ factor: Factor) {
        self.init(
            id: factor.id.description, kind: factor.kind.rawValue, name: factor.name, state: factor.state.rawValue,
            createdAt: factor.createdAt, lastUsedAt: factor.lastUsedAt, imported: factor.isImported,
            codesRemaining: factor.recovery?.remaining)
    }
}

extension FactorStateResponse {
    init(_ changed: ChangedFactor, state: String) {
        self.init(
            id: changed.change.factor.id.description, state: state, accepted: changed.change.accepted,
            ticket: changed.ticket)
    }
}

extension CreateFactorResponse {
    /// Shows the secret, once, unless it came from outside.
    init(_ added: AddedFactor, proposal: FactorProposal, issuer: String) {
        self.init(id: added.factor.id.description, state: added.factor.state.rawValue, ticket: added.ticket)
        guard !proposal.isImported else { return }
        let uri = FactorFields.uri(of: proposal, account: added.user.username, issuer: issuer).text
        otpauthURI = uri
        secretBase32 = proposal.secret.withBytes { Base32.encode($0) }
        qrSVG = QRCode.svg(uri)
    }

    /// Shows recovery codes, once.
    init(recoveryCodesOf added: AddedFactor) {
        self.init(
            id: added.factor.id.description, state: added.factor.state.rawValue,
            recoveryCodes: added.recoveryCodes.map(\.text), ticket: added.ticket)
    }
}

extension CreateActivationResponse {
    init(_ issued: IssuedActivation, mobileURL: String) throws {
        guard let link = ActivationLink(service: mobileURL, secret: issued.secret), let qr = QRCode.svg(link.text)
        else {
            throw Problem(ErrorCode.unavailable, reason: "mobile.url does not make an activation link")
        }
        self.init(
            id: issued.activation.id.description, activationURI: link.text, secret: issued.secret.text,
            code: issued.code.text, expiresAt: issued.activation.expiresAt, qrSVG: qr)
    }
}

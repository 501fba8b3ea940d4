// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
import HTTPKit
import HTTPTypes
import Hummingbird
import MFAAPI
import MFADomain
import NIOCore
import Primitives

/// The wire of phones: bodies arrive as the bytes that the phone signed, and are parsed here for the first time.
struct DeviceHandlers: Sendable {
    let devices: DeviceService

    func activate(_ call: InternalCall) async throws -> Response {
        let begun = ContinuousClock.now
        do {
            return try await activated(call)
        } catch {
            await RefusalPace.wait(since: begun)
            throw error
        }
    }

    private func activated(_ call: InternalCall) async throws -> Response {
        let outer = try call.decode(ActivateDeviceRequest.self)
        let body = try Self.phoneBody(outer.body, PhoneActivationRequest.self)
        let keeping = Answers.keeping(.created, isOneTime: true) { (activated: ActivatedDevice) in
            PhoneActivationResponse(
                deviceId: activated.factor.id.description, userId: activated.user.id.description,
                userName: activated.user.username,
                accountName: activated.user.displayName ?? activated.user.username)
        }
        let answer = try await devices.activate(
            try DeviceFields.proposal(body), caller: try Self.caller(of: call, at: outer.clientAddress),
            keeping: keeping)
        return try Answers.response(answer, keeping)
    }

    func createNonce(_ call: InternalCall) async throws -> Response {
        try JSONBody.response(NonceResponse(nonce: devices.issueNonce()))
    }

    func listChallenges(_ call: InternalCall) async throws -> Response {
        try await withNextNonce {
            let (request, caller) = try Self.signed(call, method: "GET", target: "/api/v1/challenges")
            let waiting = try await devices.challenges(request, caller: caller)
            return try JSONBody.response(Page(items: waiting.compactMap { ChallengeResponse($0) }, next: nil))
        }
    }

    func answerChallenge(_ call: InternalCall) async throws -> Response {
        try await withNextNonce {
            let (request, caller) = try Self.signed(call, method: "POST", target: nil)
            let (id, answer) = try await parsed(request, caller) { () throws(Problem) in
                let id = try DeviceFields.challengeID(of: request.target)
                return (id, try DeviceFields.answer(try Self.decodePhone(request.body, AnswerChallengeRequest.self)))
            }
            let state = try await devices.answer(id, answer, request: request, caller: caller)
            return try JSONBody.response(AnswerChallengeResponse(state: state.rawValue))
        }
    }

    func setPushAddress(_ call: InternalCall) async throws -> Response {
        try await withNextNonce {
            let (request, caller) = try Self.signed(call, method: "PUT", target: "/api/v1/push-address")
            let address = try await parsed(request, caller) { () throws(Problem) in
                try DeviceFields.pushAddress(try Self.decodePhone(request.body, PushAddressRequest.self))
            }
            try await devices.setPushAddress(address, request: request, caller: caller)
            return Response(status: .noContent)
        }
    }

    func remove(_ call: InternalCall) async throws -> Response {
        try await withNextNonce {
            let (request, caller) = try Self.signed(call, method: "DELETE", target: "/api/v1/device")
            try await devices.remove(request: request, caller: caller)
            return Response(status: .noContent)
        }
    }

    /// What the phone says in `request`. Only a phone of ours is told what is wrong with it; anybody else hears the 401
    /// that everything else hears.
    private func parsed<Fields>(
        _ request: SignedDeviceRequest, _ caller: Caller, _ parse: () throws(Problem) -> Fields
    ) async throws -> Fields {
        do throws(Problem) {
            return try parse()
        } catch {
            try await devices.verify(request, caller: caller)
            throw error
        }
    }

    /// Gives the answer to a signed request the next nonce, to a refusal as well; not to a 401, since nobody is known
    /// to have signed, nor where nothing was decided.
    private func withNextNonce(_ answer: () async throws -> Response) async throws -> Response {
        do {
            var response = try await answer()
            response.headers[.fixed(HeaderNames.deviceNextNonce)] = devices.issueNonce()
            return response
        } catch {
            var problem = Problem(describing: error)
            guard problem.code.status != 401, problem.code.status < 500 else { throw error }
            problem.headers[.fixed(HeaderNames.deviceNextNonce)] = devices.issueNonce()
            throw problem
        }
    }

    /// - Parameter target: what the signed target must be; nil where it holds an id.
    private static func signed(
        _ call: InternalCall, method: String, target: String?
    ) throws(Problem) -> (SignedDeviceRequest, Caller) {
        let body = try call.decode(DeviceRequest.self)
        guard body.method == method, target == nil || body.target == target, body.target.utf8.count <= 512 else {
            throw Problem(ErrorCode.notFound, reason: "a phone's request for another operation")
        }
        // Malformed credentials look like wrong ones.
        guard let signature = Base64URL.decode(body.signature), let bytes = Base64URL.decode(body.body) else {
            throw Problem(ErrorCode.unauthenticated, reason: "signature or body is not base64url")
        }
        let request = SignedDeviceRequest(
            deviceID: body.deviceId, nonce: body.nonce, signature: signature, method: body.method,
            target: body.target, body: bytes)
        return (request, try caller(of: call, at: body.clientAddress))
    }

    private static func caller(of call: InternalCall, at address: String?) throws(Problem) -> Caller {
        call.caller.speaking(forPhoneAt: try SignInHandlers.clientAddress(address))
    }

    private static func phoneBody<Body: APIRequest>(_ text: String, _ type: Body.Type) throws(Problem) -> Body {
        guard let bytes = Base64URL.decode(text) else {
            throw Problem(ErrorCode.invalidRequest, detail: "body: expected base64url.")
        }
        return try decodePhone(bytes, type)
    }

    private static func decodePhone<Body: APIRequest>(_ bytes: [UInt8], _ type: Body.Type) throws(Problem) -> Body {
        try StrictJSON.decode(type, from: bytes, keyPaths: type.keyPaths)
    }
}

extension ChallengeResponse {
    /// What the phone sees of a prompt; the number to enter is no part of it (R25).
    init?(_ signIn: SignIn) {
        guard let prompt = signIn.prompt else { return nil }
        self.init(
            id: signIn.id.description, application: signIn.application, clientAddress: signIn.clientAddress,
            createdAt: prompt.createdAtText, expiresAt: signIn.expiresAt, numberDigits: prompt.numberDigits,
            nonce: prompt.nonce, canReportFraud: true)
    }
}

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
        let outer = try call.decode(ActivateDeviceRequest.self)
        let body = try Self.phoneBody(outer.body, PhoneActivationRequest.self)
        let keeping = Answers.keeping(.created, isOneTime: true) { (activated: ActivatedDevice) in
            PhoneActivationResponse(
                deviceId: activated.factor.id.description, userId: activated.user.id.description,
                userName: activated.user.username,
                accountName: activated.user.displayName ?? activated.user.username)
        }
        let answer = try await devices.activate(
            try DeviceFields.proposal(body), caller: call.caller, keeping: keeping)
        return try Answers.response(answer, keeping)
    }

    func createNonce(_ call: InternalCall) async throws -> Response {
        try JSONBody.response(NonceResponse(nonce: devices.issueNonce()))
    }

    func listChallenges(_ call: InternalCall) async throws -> Response {
        let request = try Self.signed(call, method: "GET", target: "/api/v1/challenges")
        let waiting = try await devices.challenges(request, caller: call.caller)
        let items = waiting.compactMap { ChallengeResponse($0) }
        return withNextNonce(try JSONBody.response(Page(items: items, next: nil)))
    }

    func answerChallenge(_ call: InternalCall) async throws -> Response {
        let request = try Self.signed(call, method: "POST", target: nil)
        let id = try DeviceFields.challengeID(of: request.target)
        let body = try Self.decodePhone(request.body, AnswerChallengeRequest.self)
        let answer = try DeviceFields.answer(body)
        let state = try await devices.answer(id, answer, request: request, caller: call.caller)
        return withNextNonce(try JSONBody.response(AnswerChallengeResponse(state: state.rawValue)))
    }

    func setPushAddress(_ call: InternalCall) async throws -> Response {
        let request = try Self.signed(call, method: "PUT", target: "/api/v1/push-address")
        let body = try Self.decodePhone(request.body, PushAddressRequest.self)
        guard let address = try UserFields.text(body.pushAddress, "pushAddress", max: 2048) else {
            throw Problem(ErrorCode.invalidRequest, detail: "pushAddress: use 1 to 2048 characters.")
        }
        try await devices.setPushAddress(address, request: request, caller: call.caller)
        return withNextNonce(Response(status: .noContent))
    }

    func remove(_ call: InternalCall) async throws -> Response {
        let request = try Self.signed(call, method: "DELETE", target: "/api/v1/device")
        try await devices.remove(request: request, caller: call.caller)
        return Response(status: .noContent)
    }

    private func withNextNonce(_ response: Response) -> Response {
        var response = response
        if let name = HTTPField.Name(HeaderNames.deviceNextNonce) { response.headers[name] = devices.issueNonce() }
        return response
    }

    /// - Parameter target: what the signed target must be; nil where it holds an id.
    private static func signed(
        _ call: InternalCall, method: String, target: String?
    ) throws(Problem) -> SignedDeviceRequest {
        let body = try call.decode(DeviceRequest.self)
        guard body.method == method, target == nil || body.target == target, body.target.utf8.count <= 512 else {
            throw Problem(ErrorCode.notFound, reason: "a phone's request for another operation")
        }
        // Malformed credentials look like wrong ones.
        guard let signature = Base64URL.decode(body.signature), let bytes = Base64URL.decode(body.body) else {
            throw Problem(ErrorCode.unauthenticated, reason: "signature or body is not base64url")
        }
        return SignedDeviceRequest(
            deviceID: body.deviceId, nonce: body.nonce, signature: signature, method: body.method,
            target: body.target, body: bytes)
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

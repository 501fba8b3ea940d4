// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import Hummingbird
import MFAAPI
import MFADomain
import Primitives

/// The wire of people's sign-ins to the portal.
struct PortalHandlers: Sendable {
    let portal: PortalService

    func start(_ call: InternalCall) async throws -> Response {
        let begun = ContinuousClock.now
        let body = try call.decode(StartPortalSignInRequest.self)
        let request = SignInRequest(
            userGiven: body.user, requested: .choice, passcode: nil,
            application: try SignInHandlers.application(nil, of: call.caller),
            clientAddress: try SignInHandlers.clientAddress(body.clientAddress))
        guard body.password.utf8.count <= PortalService.passwordBytesMax else {
            throw Problem(
                ErrorCode.invalidRequest, detail: "password: at most \(PortalService.passwordBytesMax) bytes.")
        }
        let view = try await portal.start(
            request, password: SecretBytes(utf8: body.password), caller: call.caller)
        if view.signIn.state == .denied { await RefusalPace.wait(since: begun) }
        return try JSONBody.response(SignInResponse(view))
    }

    func choose(_ call: InternalCall) async throws -> Response {
        let body = try call.decode(ChoosePortalFactorRequest.self)
        let factor: RequestedFactor
        switch body.factor {
        case "push": factor = .push
        case "passcode": factor = .passcode
        default: throw Problem(ErrorCode.factorUnsupported, detail: "factor: use push or passcode.")
        }
        let keeping = SignInHandlers.keeping
        let answer = try await portal.choose(
            factor, for: try SignInHandlers.id(call), caller: call.caller, keeping: keeping)
        return try Answers.response(answer, keeping)
    }

    func endTicket(_ call: InternalCall) async throws -> Response {
        try await portal.endTicket(caller: call.caller)
        return Response(status: .noContent)
    }
}

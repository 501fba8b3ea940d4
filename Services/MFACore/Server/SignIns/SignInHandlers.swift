// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import Hummingbird
import MFAAPI
import MFADomain
import Primitives

/// The wire of sign-ins: decode, call, encode.
struct SignInHandlers: Sendable {
    let signIns: SignInService

    func start(_ call: InternalCall) async throws -> Response {
        try JSONBody.response(try await started(call))
    }

    /// Begins a sign-in; what its caller is told.
    func started(_ call: InternalCall) async throws -> SignInResponse {
        let begun = ContinuousClock.now
        let body = try call.decode(StartSignInRequest.self)
        if let wait = body.waitSeconds, !(0...WaitLimits.waitSecondsMax).contains(wait) {
            throw Problem(ErrorCode.invalidRequest, detail: "waitSeconds: expected 0 to \(WaitLimits.waitSecondsMax).")
        }
        let request = SignInRequest(
            userGiven: body.user, requested: try Self.requested(body), passcode: body.passcode,
            application: try Self.application(body.application, of: call.caller),
            clientAddress: try Self.clientAddress(body.clientAddress))
        let signIn = try await signIns.start(request, caller: call.caller)
        await RefusalPace.wait(since: begun, unless: signIn)
        return SignInResponse(SignInView(signIn: signIn))
    }

    func read(_ call: InternalCall) async throws -> Response {
        let view = try await signIns.read(try Self.id(call), caller: call.caller)
        return try JSONBody.response(SignInResponse(view))
    }

    func answer(_ call: InternalCall) async throws -> Response {
        let begun = ContinuousClock.now
        let body = try call.decode(AnswerSignInRequest.self)
        let keeping = Self.keeping
        let answer = try await signIns.answer(
            try Self.id(call), passcode: body.passcode, caller: call.caller, keeping: keeping)
        if case .fresh(let view) = answer { await RefusalPace.wait(since: begun, unless: view.signIn) }
        return try Answers.response(answer, keeping)
    }

    func cancel(_ call: InternalCall) async throws -> Response {
        let keeping = Self.keeping
        return try Answers.response(
            try await signIns.cancel(try Self.id(call), caller: call.caller, keeping: keeping), keeping)
    }

    /// A ticket makes an answer one-time.
    static let keeping = Answers.keeping(isOneTime: true) { (view: SignInView) in SignInResponse(view) }

    static func id(_ call: InternalCall) throws(Problem) -> SignInID {
        guard let id = SignInID(try call.parameter("id")) else {
            throw Problem(ErrorCode.notFound, reason: "not an id")
        }
        return id
    }

    private static func requested(_ body: StartSignInRequest) throws(Problem) -> RequestedFactor? {
        let requested: RequestedFactor?
        switch body.factor {
        case nil: requested = nil
        case "push": requested = .push
        case "passcode": requested = .passcode
        default: throw Problem(ErrorCode.factorUnsupported, detail: "factor: use push or passcode, or leave it out.")
        }
        if body.passcode != nil, requested == .push {
            throw Problem(ErrorCode.invalidRequest, detail: "passcode: does not go with factor push.")
        }
        return requested
    }

    /// The application of a sign-in: an account that is bound to one may name only that.
    static func application(_ named: String?, of caller: Caller) throws(Problem) -> String {
        guard let named else { return caller.boundApplication ?? caller.account }
        let isClean = named.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: false
            default: true
            }
        }
        guard (1...64).contains(named.unicodeScalars.count), isClean else {
            throw Problem(
                ErrorCode.invalidRequest, detail: "application: use 1 to 64 characters without line breaks.")
        }
        if let bound = caller.boundApplication, bound != named {
            throw Problem(ErrorCode.forbidden, reason: "account \(caller.account) is bound to \(bound)")
        }
        return named
    }

    /// A claim about where the person is: short visible text, so that it can be signed and logged as it is.
    static func clientAddress(_ claimed: String?) throws(Problem) -> String {
        guard let claimed else { return "" }
        guard claimed.utf8.count <= 64, claimed.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else {
            throw Problem(ErrorCode.invalidRequest, detail: "clientAddress: use at most 64 ASCII characters.")
        }
        return claimed
    }
}

extension SignInResponse {
    /// Shows a sign-in to the account that began it.
    init(_ view: SignInView) {
        let signIn = view.signIn
        self.init(id: signIn.id.description, state: signIn.state.rawValue)
        waiver = signIn.waiver?.rawValue
        if signIn.waiver == nil {
            factor = signIn.factorKind?.rawValue ?? (signIn.requested == .choice ? nil : signIn.requested.rawValue)
        }
        ticket = view.ticket
        guard signIn.state == .pending else {
            decidedAt = signIn.decidedAt
            reason = signIn.reason?.rawValue
            retryAfterSeconds = signIn.retryAfterSeconds
            if signIn.mustEnrol { nextStep = "enrol" }
            return
        }
        expiresAt = signIn.expiresAt
        switch signIn.requested {
        case .push:
            nextStep = "wait"
            numberToEnter = signIn.prompt?.number
        case .passcode: nextStep = "passcode"
        case .choice:
            nextStep = "choose"
            factors = view.offered.isEmpty ? nil : view.offered.map(\.rawValue)
        }
    }
}

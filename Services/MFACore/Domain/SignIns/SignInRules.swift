// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// The settings of sign-ins, from configuration.
package struct SignInSettings: Sendable {
    /// How long a prompt or a question waits (R28: at most 10 minutes).
    package let timeout: Duration
    /// Digits of the number to type into the phone; 0 is plain approval. Fewer than
    /// ``numberDigitsUnmarked`` are marked in the audit.
    package let numberDigits: Int
    package let limits: FailureLimits
    package let windows: OneTimePasswordWindows
    package let prompts: PromptLimits
    /// Whether a report of fraud blocks the person, and not their prompts alone (R27).
    package let fraudBlocks: Bool

    package init(
        timeout: Duration = .seconds(60), numberDigits: Int = 6, limits: FailureLimits = FailureLimits(),
        windows: OneTimePasswordWindows = OneTimePasswordWindows(), prompts: PromptLimits = PromptLimits(),
        fraudBlocks: Bool = true
    ) {
        self.timeout = timeout
        self.numberDigits = numberDigits
        self.limits = limits
        self.windows = windows
        self.prompts = prompts
        self.fraudBlocks = fraudBlocks
    }

    /// How long a sign-in waits under these terms.
    func timeout(_ terms: PolicyTerms) -> Duration { terms.timeoutSeconds.map { .seconds($0) } ?? timeout }

    /// How many prompts a person gets under these terms.
    package func prompts(_ terms: PolicyTerms) -> PromptLimits {
        PromptLimits(
            perTenMinutes: terms.promptsPerTenMinutes ?? prompts.perTenMinutes,
            perDay: terms.promptsPerDay ?? prompts.perDay, suspendAfter: terms.suspendAfter ?? prompts.suspendAfter)
    }

    /// The longest a prompt may wait.
    package static let timeoutMax: Duration = .seconds(600)
    /// A number of this length or more needs no mark (NIST SP 800-63B-4 §3.1.3.2).
    package static let numberDigitsUnmarked = 6
}

/// What somebody wants a person signed in for.
package struct SignInRequest: Sendable {
    package let userGiven: String
    package let requested: RequestedFactor?
    package let passcode: String?
    /// The passcode as a recovery code, hashed for the person, where it is one.
    package var recovery: HashedRecoveryCode?
    package let application: String
    package let clientAddress: String

    package init(
        userGiven: String, requested: RequestedFactor?, passcode: String?, recovery: HashedRecoveryCode? = nil,
        application: String, clientAddress: String
    ) {
        self.userGiven = userGiven
        self.requested = requested
        self.passcode = passcode
        self.recovery = recovery
        self.application = application
        self.clientAddress = clientAddress
    }
}

/// The rules of a sign-in: pure steps on a ``PersonCase``.
package struct SignInRules: Sendable {
    package let settings: SignInSettings
    package let random: any RandomSource

    package init(settings: SignInSettings, random: any RandomSource) {
        self.settings = settings
        self.random = random
    }

    var passcodes: PasscodeRule { PasscodeRule(limits: settings.limits, windows: settings.windows) }

    /// Begins a sign-in, and decides it at once where a passcode came with it.
    package func start(
        _ request: SignInRequest, id: SignInID, caller: Caller, in personCase: inout PersonCase
    ) throws(Refusal) -> SignIn {
        if let earlier = try earlier(of: caller, in: &personCase) { return earlier }
        let decision = personCase.judge(
            application: request.application, clientAddress: request.clientAddress,
            requested: request.passcode == nil ? request.requested : .passcode, isBeginning: true)
        var signIn = SignIn(
            id: id, userID: personCase.user?.id, account: caller.account, application: request.application,
            clientAddress: request.clientAddress, requested: requested(request, decision, in: personCase),
            createdAt: personCase.now, expiresAt: personCase.now + settings.timeout(decision.terms),
            idempotency: caller.idempotency, explanation: decision.kept)
        if let waiver = decision.waiver {
            if waiver == .bypass { personCase.useBypass(for: signIn) }
            _ = signIn.handle(.waive(waiver), at: personCase.now)
            personCase.record(event("sign_in.waived", signIn, reason: waiver.rawValue, given: request.userGiven))
        } else if signIn.requested == .passcode, request.passcode == nil, decision.refused != .mustEnrol {
            // Whoever is asked for a passcode learns nothing by being asked: everybody is (R19), but for those of whom
            // the policy has it told that they have nothing to be asked for.
            personCase.record(
                event(
                    "sign_in.started", signIn, outcome: "pending", reason: decision.refused?.rawValue,
                    given: request.userGiven))
        } else if let refused = decision.refused {
            // A push is refused without looking at a code; a passcode costs what it always costs.
            if let passcode = request.passcode { PasscodeRule.evaluateDummy(passcode) }
            deny(&signIn, reason: refused.rawValue, given: request.userGiven, in: &personCase)
        } else if let passcode = request.passcode {
            answer(
                &signIn, with: passcode, recovery: request.recovery, decision, given: request.userGiven,
                in: &personCase)
        } else {
            beginPrompt(&signIn, decision, given: request.userGiven, in: &personCase)
        }
        personCase.record(.insertSignIn(signIn))
        return signIn
    }

    /// The sign-in that the same Idempotency-Key began before, as it stands; a late one expires by being looked at.
    func earlier(of caller: Caller, in personCase: inout PersonCase) throws(Refusal) -> SignIn? {
        guard let mark = caller.idempotency, var signIn = personCase.signIn else { return nil }
        guard signIn.idempotency?.requestHash == mark.requestHash else {
            throw Refusal(.idempotencyMismatch, reason: "the key began sign-in \(signIn.id)")
        }
        expireIfLate(&signIn, in: &personCase)
        return signIn
    }

    /// What the caller asks for, or else what the person prefers and may use, or else what the policy prefers and the
    /// person has; who may not sign in, and who prefers a phone without having one that may be asked, is asked like a
    /// stranger (R19).
    private func requested(
        _ request: SignInRequest, _ decision: PolicyDecision, in personCase: PersonCase
    ) -> RequestedFactor {
        if let requested = request.requested { return requested }
        if request.passcode != nil { return .passcode }
        guard decision.refused == nil else { return .passcode }
        let takesPasscode = decision.permitted.contains { $0 != .device }
        let takesPrompt =
            decision.provable.contains(.device) && canBePrompted(under: decision.terms, in: personCase)
        switch personCase.user?.preferredFactor {
        case .passcode? where takesPasscode: return .passcode
        case .push? where takesPrompt: return .push
        default: break
        }
        guard takesPrompt else { return .passcode }
        let prefersPasscode = decision.provable.first != .device && decision.terms.factors != nil
        return prefersPasscode ? .passcode : .push
    }

    /// Judges a passcode for a sign-in that is new or pending; the audit tells recovery codes from other passcodes.
    func answer(
        _ signIn: inout SignIn, with passcode: String, recovery: HashedRecoveryCode?, _ decision: PolicyDecision,
        given: String?, in personCase: inout PersonCase
    ) {
        let wasAnswered = signIn.answers
        let room = recovery == nil ? "otp" : "recovery"
        func refuse(_ reason: String) {
            refusePasscode(&signIn, "\(room).\(reason)", reason: reason, given: given, in: &personCase)
        }
        switch passcodes.decide(passcode, recovery: recovery, kinds: decision.permitted, in: &personCase) {
        case .accepted(let factorID, let kind):
            _ = signIn.handle(.approve(factorID, kind), at: personCase.now)
            personCase.remember(signIn, under: decision.terms)
            let left = personCase.factors.first { $0.id == factorID }?.recovery?.remaining
            let detail = left.map { ["codes_remaining": String($0)] } ?? [:]
            personCase.record(event("\(room).ok", signIn, given: given, detail: detail))
            personCase.resetPrompts(reason: "factor")
        case .replayed: refuse("replay")
        case .wrong: refuse("wrong_code")
        case .locked: refuse("locked")
        case .notAllowed: refuse(PolicyDecision.Refused.notAllowed.rawValue)
        case .noFactor: refuse("no_factor")
        case .integrity: refuse("integrity")
        }
        assert(signIn.state != .pending || signIn.answers > wasAnswered, "an answer always leaves a trace")
    }

    /// A sign-in that began with its passcode gets one try; one that asked for it gets three.
    func refusePasscode(
        _ signIn: inout SignIn, _ name: String, reason: String, given: String?, in personCase: inout PersonCase
    ) {
        if given != nil {
            _ = signIn.handle(.deny(.refused, retryAfterSeconds: nil), at: personCase.now)
        } else {
            _ = signIn.handle(.wrongPasscode, at: personCase.now)
        }
        personCase.record(event(name, signIn, outcome: "denied", reason: reason, given: given))
    }

    func deny(
        _ signIn: inout SignIn, reason: String, told: DenialReason = .refused, retryAfterSeconds: Int64? = nil,
        given: String?, in personCase: inout PersonCase
    ) {
        _ = signIn.handle(.deny(told, retryAfterSeconds: retryAfterSeconds), at: personCase.now)
        let prefix = signIn.requested == .push ? "push" : "otp"
        personCase.record(event("\(prefix).\(reason)", signIn, outcome: "denied", reason: reason, given: given))
    }

    func event(
        _ name: String, _ signIn: SignIn, outcome: String? = nil, reason: String? = nil, given: String? = nil,
        detail: [String: String] = [:]
    ) -> AuditEvent {
        var detail = detail
        if let explanation = signIn.explanation {
            detail["policy"] = String(explanation.version)
            detail["policy_line"] = explanation.line ?? "defaults"
            if let approval = explanation.approval {
                detail["remembered"] = "\(approval.kind.rawValue) at \(approval.at)"
            }
        }
        return AuditEvent(
            name, outcome: outcome ?? signIn.state.rawValue, reason: reason, application: signIn.application,
            clientAddress: signIn.clientAddress, userGiven: given, userID: signIn.userID, factorID: signIn.factorID,
            factorKind: signIn.factorKind, signInID: signIn.id, detail: detail)
    }
}

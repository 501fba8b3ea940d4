// SPDX-License-Identifier: Apache-2.0
import Primitives

extension SignInRules {
    /// Puts a prompt before the person's phones, unless one waits already (R26) or they must not be asked (R27).
    func beginPrompt(
        _ signIn: inout SignIn, _ decision: PolicyDecision, given: String?, in personCase: inout PersonCase
    ) {
        let now = personCase.now
        guard decision.permitted.contains(.device) else {
            return deny(
                &signIn, reason: PolicyDecision.Refused.notAllowed.rawValue, given: given, in: &personCase)
        }
        guard personCase.user?.promptsBlockedAt == nil else {
            return deny(&signIn, reason: "fraud_block", given: given, in: &personCase)
        }
        let devices = personCase.factors.filter { $0.kind == .device }
        guard devices.contains(where: { $0.state == .active }) else {
            return deny(
                &signIn, reason: devices.isEmpty ? "no_factor" : "locked", given: given, in: &personCase)
        }
        guard devices.contains(where: { $0.state == .active && !$0.budget.isDelayed(at: now) }) else {
            return deny(&signIn, reason: "locked", given: given, in: &personCase)
        }
        if var waiting = personCase.pendingPrompt {
            if waiting.handle(.clockPassed, at: now) {
                recordExpiry(of: waiting, in: &personCase)
            } else {
                let rest = max(1, (waiting.expiresAt - now).secondsRoundedUp)
                return deny(
                    &signIn, reason: "prompt_pending", told: .promptPending, retryAfterSeconds: rest, given: given,
                    in: &personCase)
            }
        }
        switch personCase.user?.prompts.verdict(at: now, limits: settings.prompts(decision.terms)) {
        case .allowed?: break
        case .suspended?:
            // A prompt that housekeeping ended may have been the last straw.
            personCase.suspendPromptsIfDue(limits: settings.prompts)
            return deny(&signIn, reason: "suspended_prompts", given: given, in: &personCase)
        case .limited?, nil: return deny(&signIn, reason: "too_many_prompts", given: given, in: &personCase)
        }
        let digits = decision.terms.numberDigits ?? settings.numberDigits
        signIn.prompt = Prompt(
            number: digits > 0 ? random.decimal(digits: digits) : nil, numberDigits: digits,
            nonce: Base64URL.encode(random.bytes(16)), createdAtText: signIn.createdAt.description)
        personCase.pendingPrompt = signIn
        personCase.countPrompt(under: decision.terms)
        personCase.record(
            event(
                "push.started", signIn, given: given, detail: Self.marks(ofDigits: digits)))
    }

    /// Whether a prompt may go to a phone of this person now, or one waits there already.
    func canBePrompted(under terms: PolicyTerms, in personCase: PersonCase) -> Bool {
        guard let user = personCase.user, user.promptsBlockedAt == nil,
            personCase.factors.contains(where: { $0.kind == .device && $0.state == .active })
        else { return false }
        if let waiting = personCase.pendingPrompt, personCase.now < waiting.expiresAt { return true }
        return user.prompts.verdict(at: personCase.now, limits: settings.prompts(terms)) == .allowed
    }

    /// What the audit says of a number shorter than the standard asks for, and of none (R25).
    private static func marks(ofDigits digits: Int) -> [String: String] {
        switch digits {
        case 0: ["plain_approval": "true"]
        case ..<SignInSettings.numberDigitsUnmarked: ["number_digits": String(digits)]
        default: [:]
        }
    }

    /// Writes the end of a sign-in that was pending when it was read.
    func recordEnd(of signIn: SignIn, _ name: String, reason: String? = nil, in personCase: inout PersonCase) {
        if personCase.pendingPrompt?.id == signIn.id { personCase.pendingPrompt = nil }
        personCase.record(.updateSignIn(signIn))
        personCase.record(event(name, signIn, reason: reason))
    }

    /// Writes the end of a prompt that nobody answered in time.
    func recordExpiry(of signIn: SignIn, in personCase: inout PersonCase) {
        recordEnd(of: signIn, "push.expired", in: &personCase)
        personCase.suspendPromptsIfDue(limits: settings.prompts)
    }

    /// Reads a sign-in for the account that began it; a late one expires by being looked at.
    package func read(account: String, in personCase: inout PersonCase) throws(Refusal) -> SignIn {
        var signIn = try owned(by: account, in: personCase)
        expireIfLate(&signIn, in: &personCase)
        return signIn
    }

    /// Performs the expiring update of a sign-in whose time is over.
    func expireIfLate(_ signIn: inout SignIn, in personCase: inout PersonCase) {
        guard signIn.handle(.clockPassed, at: personCase.now) else { return }
        guard signIn.prompt != nil else { return recordEnd(of: signIn, "sign_in.expired", in: &personCase) }
        recordExpiry(of: signIn, in: &personCase)
    }

    /// Gives a pending sign-in the passcode that it asked for.
    ///
    /// - Parameter recovery: the same as a recovery code, hashed for the person, where it is one.
    package func answer(
        _ passcode: String, recovery: HashedRecoveryCode? = nil, account: String, in personCase: inout PersonCase
    ) throws(Refusal) -> SignIn {
        var signIn = try read(account: account, in: &personCase)
        switch signIn.state {
        case .pending: break
        case .expired: return signIn
        case .approved, .denied, .cancelled:
            throw Refusal(.alreadyDecided, reason: "sign-in \(signIn.id) is \(signIn.state.rawValue)")
        }
        guard signIn.requested == .passcode else {
            throw Refusal(
                .conflict, detail: "This sign-in does not wait for a passcode.",
                reason: "passcode to a \(signIn.requested)"
            )
        }
        let decision = personCase.judge(signIn)
        if let refused = decision.refused {
            // As many tries as anybody has with wrong passcodes (R19); no passcode is right (R20).
            PasscodeRule.evaluateDummy(passcode)
            refusePasscode(&signIn, "otp.denied.locked", reason: refused.rawValue, given: nil, in: &personCase)
        } else {
            answer(&signIn, with: passcode, recovery: recovery, decision, given: nil, in: &personCase)
        }
        personCase.record(.updateSignIn(signIn))
        return signIn
    }

    /// Ends a pending sign-in at its account's wish; one that is decided stays as it is.
    package func cancel(account: String, in personCase: inout PersonCase) throws(Refusal) -> SignIn {
        var signIn = try read(account: account, in: &personCase)
        if signIn.handle(.cancel, at: personCase.now) {
            recordEnd(of: signIn, signIn.prompt == nil ? "sign_in.cancelled" : "push.cancelled", in: &personCase)
            if signIn.prompt != nil { personCase.withdrawPrompt() }
        }
        return signIn
    }

    private func owned(by account: String, in personCase: PersonCase) throws(Refusal) -> SignIn {
        guard let signIn = personCase.signIn, signIn.account == account else {
            throw Refusal(.notFound, reason: "no such sign-in of \(account)")
        }
        return signIn
    }

    /// Ends whatever waits for this person, because they may not sign in any more (R20).
    package func denyWaiting(reason: String, in personCase: inout PersonCase) {
        guard var waiting = personCase.pendingPrompt else { return }
        if waiting.handle(.deny(.refused, retryAfterSeconds: nil), at: personCase.now) {
            recordEnd(of: waiting, "push.denied.locked", reason: reason, in: &personCase)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package import DeviceProtocol
import Primitives

/// A phone's signed request, still unverified.
package struct SignedDeviceRequest: Sendable {
    package let deviceID: String
    package let nonce: String
    package let signature: [UInt8]
    package let method: String
    /// From `/api/v1` on, as sent.
    package let target: String
    package let body: [UInt8]

    package init(
        deviceID: String, nonce: String, signature: [UInt8], method: String, target: String, body: [UInt8]
    ) {
        self.deviceID = deviceID
        self.nonce = nonce
        self.signature = signature
        self.method = method
        self.target = target
        self.body = body
    }
}

/// A phone's answer to a challenge, parsed from the body of a verified request.
package struct ChallengeAnswer: Sendable {
    package let decision: DeviceDecision
    package let number: NumberEntry?
    package let signature: [UInt8]

    package init(decision: DeviceDecision, number: NumberEntry?, signature: [UInt8]) {
        self.decision = decision
        self.number = number
        self.signature = signature
    }
}

/// What phones may do, under the lock of the person whose phone it is.
package struct DeviceRules: Sendable {
    package let signIns: SignInRules

    package init(signIns: SignInRules) {
        self.signIns = signIns
    }

    /// Verifies that the request comes from the active device it names and was never seen before (R32, R33).
    ///
    /// | step | refused with |
    /// |---|---|
    /// | 1 nonce is ours and not late | 401 |
    /// | 2 device exists: a removed one has no row; a disabled one may still deny and report | the same 401 |
    /// | 3 signature over the request's lines | the same 401 |
    /// | 4 nonce was not spent before, in the same transaction | the same 401 |
    package func authenticate(
        _ request: SignedDeviceRequest, nonce: DeviceNonce?, in personCase: inout PersonCase
    ) throws(Refusal) -> Factor {
        guard let nonce, personCase.now < nonce.expiresAt else {
            throw Refusal(.unauthenticated, reason: "nonce unknown or late")
        }
        guard let id = FactorID(request.deviceID),
            let factor = personCase.factors.first(where: { $0.id == id }), let device = factor.device,
            factor.state == .active || factor.state == .disabled
        else { throw Refusal(.unauthenticated, reason: "no such active device") }
        guard
            let message = RequestMessage(
                method: request.method, target: request.target, body: request.body, deviceID: request.deviceID,
                nonce: request.nonce),
            let key = DevicePublicKey(der: device.publicKey),
            key.verify(signature: request.signature, message: message.bytes)
        else { throw Refusal(.unauthenticated, reason: "request signature of device \(id) does not verify") }
        personCase.record(.spendNonce(nonce.bytes, expiresAt: nonce.expiresAt))
        return factor
    }

    /// The challenge that waits for the device's person, if any.
    package func challenge(in personCase: inout PersonCase) -> SignIn? {
        guard var waiting = personCase.pendingPrompt else { return nil }
        guard waiting.handle(.clockPassed, at: personCase.now) else { return waiting }
        signIns.recordExpiry(of: waiting, in: &personCase)
        return nil
    }

    /// Decides a challenge by a signed answer (R24, R25, R27, R29, R30).
    ///
    /// | what comes | answer |
    /// |---|---|
    /// | not this person's challenge | 404 |
    /// | a signature that does not verify | 403 `bad_signature`, still pending |
    /// | the lines that decided it, signed again | the same 200 |
    /// | other lines after a decision | 409 `already_decided`; after the end of time 409 `expired` |
    /// | approve with the number that was shown | approved |
    /// | approve with another number or none | denied, one failure of the device |
    /// | deny, fraud | denied; fraud stops all prompts until an administrator unblocks, and blocks the person |
    package func answer(
        _ answer: ChallengeAnswer, by factor: Factor, in personCase: inout PersonCase
    ) throws(Refusal) -> DeviceAnswerOutcome {
        guard var signIn = personCase.signIn, signIn.userID == factor.userID, let prompt = signIn.prompt,
            let device = factor.device, let key = DevicePublicKey(der: device.publicKey)
        else { throw Refusal(.notFound, reason: "no such challenge of device \(factor.id)") }
        guard
            let message = AnswerMessage(
                challengeID: signIn.id.description, challengeNonce: prompt.nonce,
                userID: factor.userID.description, application: signIn.application,
                clientAddress: signIn.clientAddress, createdAt: prompt.createdAtText, decision: answer.decision,
                number: answer.number),
            key.verify(signature: answer.signature, message: message.bytes)
        else {
            personCase.record(
                signIns.event("push.bad_signature", signIn, outcome: "refused", reason: "bad_signature"))
            return .badSignature
        }
        let signed = SignedAnswer(message: message.bytes, signature: answer.signature, publicKey: device.publicKey)
        if signIn.handle(.clockPassed, at: personCase.now) {
            signIns.recordExpiry(of: signIn, in: &personCase)
            return .late
        }
        guard signIn.state == .pending else {
            if let earlier = signIn.answer, earlier.message == signed.message { return .decided(signIn.state) }
            return signIn.state == .expired ? .late : .decidedOtherwise
        }
        signIn.answer = signed
        decide(&signIn, answer, by: factor, in: &personCase)
        personCase.pendingPrompt = nil
        personCase.record(.updateSignIn(signIn))
        return .decided(signIn.state)
    }

    private func decide(
        _ signIn: inout SignIn, _ answer: ChallengeAnswer, by factor: Factor, in personCase: inout PersonCase
    ) {
        var factor = factor
        let now = personCase.now
        switch answer.decision {
        case .deny:
            // Somebody else may have been at it, and may be let in by nothing that went before.
            personCase.forgetApprovals()
            personCase.withdrawBypass(reason: "denied by the person")
            finish(&signIn, .deniedByUser, "push.denied", reason: "denied_by_user", by: factor, in: &personCase)
            personCase.suspendPromptsIfDue(limits: signIns.settings.prompts)
        case .fraud:
            personCase.reportFraud(blocks: signIns.settings.fraudBlocks)
            finish(
                &signIn, .fraudReported, AuditEvent.Alarm.fraudReported.rawValue, reason: "fraud_reported", by: factor,
                in: &personCase)
            personCase.suspendPromptsIfDue(limits: signIns.settings.prompts)
        case .approve:
            // Who was blocked meanwhile, or refused by another policy, may still deny and report, and nothing else (R20).
            let decision = personCase.judge(signIn)
            if let refused = decision.refused ?? (decision.permitted.contains(.device) ? nil : .notAllowed) {
                return finish(
                    &signIn, .refused, "push.denied.locked", reason: refused.rawValue, by: factor, in: &personCase)
            }
            guard factor.state == .active, !factor.budget.isDelayed(at: now) else {
                return finish(&signIn, .refused, "push.locked", reason: "locked", by: factor, in: &personCase)
            }
            guard numberIsRight(answer.number, for: signIn) else {
                personCase.countFailure(of: factor, limits: signIns.settings.limits)
                personCase.withdrawPrompt()
                return finish(
                    &signIn, .refused, "push.wrong_number", reason: "wrong_number", by: factor, in: &personCase)
            }
            factor.budget.reset()
            factor.lastUsedAt = now
            personCase.update(factor)
            _ = signIn.handle(.approve(factor.id, .device), at: now)
            personCase.remember(signIn, under: decision.terms)
            personCase.record(signIns.event("push.approved", signIn))
            personCase.resetPrompts(reason: "approved")
        }
    }

    private func finish(
        _ signIn: inout SignIn, _ told: DenialReason, _ name: String, reason: String, by factor: Factor,
        in personCase: inout PersonCase
    ) {
        _ = signIn.handle(.deny(told, retryAfterSeconds: nil), at: personCase.now)
        personCase.record(
            signIns.event(name, signIn, reason: reason, detail: ["device": factor.id.description]))
    }

    private func numberIsRight(_ typed: NumberEntry?, for signIn: SignIn) -> Bool {
        guard let prompt = signIn.prompt else { return false }
        guard prompt.numberDigits > 0 else { return typed == nil }
        guard let shown = prompt.number, let typed else { return false }
        return ConstantTime.equal(typed.text.utf8, shown.utf8)
    }
}

/// What a phone's answer led to.
package enum DeviceAnswerOutcome: Sendable, Equatable {
    case decided(SignInState)
    case decidedOtherwise
    case late
    /// The audit row of the refusal is written, so this is an outcome and not a thrown refusal.
    case badSignature
}

// SPDX-License-Identifier: Apache-2.0
package import DeviceProtocol
package import Primitives

/// A phone that wants to become a device.
package struct DeviceProposal: Sendable {
    package let credential: ActivationCredential
    package let publicKey: DevicePublicKey
    package let proof: [UInt8]
    package let name: String
    package let platform: String
    package let pushAddress: String?

    package init(
        credential: ActivationCredential, publicKey: DevicePublicKey, proof: [UInt8], name: String, platform: String,
        pushAddress: String?
    ) {
        self.credential = credential
        self.publicKey = publicKey
        self.proof = proof
        self.name = name
        self.platform = platform
        self.pushAddress = pushAddress
    }
}

/// A fresh activation with the two forms of its secret, which are shown once.
package struct IssuedActivation: Sendable {
    package let activation: Activation
    package let secret: ActivationSecret
    package let code: ActivationCode

    package init(activation: Activation, secret: ActivationSecret, code: ActivationCode) {
        self.activation = activation
        self.secret = secret
        self.code = code
    }
}

/// Activations (R34, R36): issued for a person, used once by a phone.
package struct ActivationRules: Sendable {
    package let random: any RandomSource
    package let digests: any CredentialDigests
    /// How long a phone has.
    package let lifetime: Duration
    package let limits: ActivationLimits

    package init(
        random: any RandomSource, digests: any CredentialDigests, lifetime: Duration = .seconds(600),
        limits: ActivationLimits = ActivationLimits()
    ) {
        self.random = random
        self.digests = digests
        self.lifetime = lifetime
        self.limits = limits
    }

    /// Issues an activation; every earlier one of the person is void.
    package func issue(
        id: ActivationID, secret: ActivationSecret, code: ActivationCode, in personCase: inout PersonCase
    ) throws(Refusal) -> IssuedActivation {
        let user = try personCase.knownUser()
        try FactorRules.requireRoom(in: personCase)
        let activation = Activation(
            id: id, userID: user.id, state: .pending, createdAt: personCase.now, expiresAt: personCase.now + lifetime,
            secretHash: digests.digest(ofSecret: secret.text),
            codeHash: digests.digest(ofCode: code.canonical, for: user.id))
        personCase.record(.voidActivations(user.id))
        personCase.record(.insertActivation(activation))
        personCase.record(
            .act(
                "activation.created", on: user.id, detail: ["activation": id.description],
                changes: AuditChange.between([:], activation.auditFacts)))
        return IssuedActivation(activation: activation, secret: secret, code: code)
    }

    /// Makes the phone a device of the activation's person, or counts a wrong activation. Every refusal looks alike, and
    /// is written with the same statements whatever was wrong (R19, R35).
    ///
    /// - Throws: ``Refusal`` `tooManyRequests` when the address has no try left; nothing was looked at then.
    package func use(
        _ proposal: DeviceProposal, deviceID: FactorID, in personCase: inout PersonCase
    ) throws(Refusal) -> ActivationOutcome {
        guard let guesses = personCase.activationGuesses else {
            throw Refusal(.unavailable, reason: "an activation without its budget")
        }
        do throws(Refusal) {
            try guesses.requireTry(at: personCase.now, by: limits)
        } catch {
            // Tries at once may have used the last ones without any of them seeing that it was the last.
            guard !guesses.isAlarmed else { throw error }
            personCase.record(.raiseActivationAlarm)
            recordAlarm(["address"], of: nil, in: &personCase)
            return .refused(error)
        }
        do throws(Refusal) {
            let (user, activation) = try opened(by: proposal, in: personCase)
            personCase.record(
                .countActivation(
                    ActivationTry(
                        bucket: guesses.bucket, limit: guesses.limit(by: limits), isWrong: false, wrongCodeOf: nil,
                        countsForAll: false, raisesAlarm: false)))
            return .activated(activate(proposal, as: deviceID, for: user, by: activation, in: &personCase))
        } catch {
            recordWrong(proposal.credential, guesses, in: &personCase)
            return .refused(error)
        }
    }

    /// The activation that the proposal opens, and whose it is.
    private func opened(
        by proposal: DeviceProposal, in personCase: PersonCase
    ) throws(Refusal) -> (User, Activation) {
        guard let user = personCase.user, let activation = personCase.activation, activation.userID == user.id,
            activation.isUsable(at: personCase.now), user.isEnabled, !user.isBlocked(at: personCase.now)
        else { throw Refusal(.unauthenticated, reason: "activation unknown, used, void, late or its user is locked") }
        if case .typed(_, let typed) = proposal.credential {
            guard activation.isCodeOpen(by: limits) else {
                throw Refusal(.unauthenticated, reason: "activation \(activation.id): its code is void")
            }
            guard let code = ActivationCode(parsing: typed),
                ConstantTime.equal(digests.digest(ofCode: code.canonical, for: user.id), activation.codeHash)
            else { throw Refusal(.unauthenticated, reason: "activation \(activation.id): another code was typed") }
        }
        guard let message = ActivationMessage(credential: proposal.credential, publicKey: proposal.publicKey),
            proposal.publicKey.verify(signature: proposal.proof, message: message.bytes)
        else { throw Refusal(.unauthenticated, reason: "activation \(activation.id): the proof does not verify") }
        return (user, activation)
    }

    private func activate(
        _ proposal: DeviceProposal, as deviceID: FactorID, for user: User, by activation: Activation,
        in personCase: inout PersonCase
    ) -> ActivatedDevice {
        let factor = Factor(
            id: deviceID, userID: user.id, name: proposal.name, state: .active, createdAt: personCase.now,
            mechanism: .device(
                DeviceState(
                    publicKey: proposal.publicKey.der, platform: proposal.platform,
                    pushAddress: proposal.pushAddress)))
        personCase.record(.useActivation(activation.id, device: deviceID))
        personCase.record(.insertFactor(factor, secret: nil))
        personCase.record(.endTickets(user.id))
        personCase.record(
            .act(
                "device.activated", on: user.id, factor: factor, detail: ["activation": activation.id.description],
                changes: AuditChange.between([:], factor.auditFacts)))
        return ActivatedDevice(factor: factor, user: user)
    }

    /// Counts a wrong activation against its code, its address and all; the first limit reached in a minute raises the
    /// alarm. The audit hears of that and of a code that is void, and of no single guess: strangers write no rows
    /// without end (contract.md, Phones).
    private func recordWrong(
        _ credential: ActivationCredential, _ guesses: ActivationGuesses, in personCase: inout PersonCase
    ) {
        var wrongCodeOf: Activation?
        if case .typed = credential, let activation = personCase.activation, activation.isCodeOpen(by: limits),
            activation.isUsable(at: personCase.now)
        {
            wrongCodeOf = activation
        }
        let limit = guesses.limit(by: limits)
        let countsForAll = guesses.ofAll < limits.ofAll
        var reached: [String] = []
        if let activation = wrongCodeOf, activation.wrongCodes + 1 >= limits.perCode {
            personCase.record(
                AuditEvent(
                    "activation.code_void", outcome: "refused", reason: "wrong_codes", userID: activation.userID,
                    detail: ["activation": activation.id.description, "wrong": String(activation.wrongCodes + 1)]))
            reached.append("code")
        }
        if guesses.ofAddress + 1 >= limit, limit == limits.perAddress { reached.append("address") }
        if guesses.ofAll + 1 >= limits.ofAll { reached.append("all") }
        let raisesAlarm = !reached.isEmpty && !guesses.isAlarmed
        personCase.record(
            .countActivation(
                ActivationTry(
                    bucket: guesses.bucket, limit: limit, isWrong: true, wrongCodeOf: wrongCodeOf?.id,
                    countsForAll: countsForAll || raisesAlarm, raisesAlarm: raisesAlarm)))
        if raisesAlarm { recordAlarm(reached, of: wrongCodeOf?.userID, in: &personCase) }
    }

    private func recordAlarm(_ reached: [String], of user: UserID?, in personCase: inout PersonCase) {
        personCase.record(
            AuditEvent(
                AuditEvent.Alarm.activationGuessing.rawValue, outcome: "refused", reason: "wrong_activations",
                userID: user, detail: ["limits": reached.joined(separator: ",")]))
    }
}

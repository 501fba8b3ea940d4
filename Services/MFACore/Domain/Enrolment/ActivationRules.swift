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

    package init(random: any RandomSource, digests: any CredentialDigests, lifetime: Duration = .seconds(600)) {
        self.random = random
        self.digests = digests
        self.lifetime = lifetime
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
        personCase.record(.act("activation.created", on: user.id, detail: ["activation": id.description]))
        return IssuedActivation(activation: activation, secret: secret, code: code)
    }

    /// Makes the phone a device of the activation's person. Every refusal looks alike.
    package func use(
        _ proposal: DeviceProposal, deviceID: FactorID, in personCase: inout PersonCase
    ) throws(Refusal) -> Factor {
        guard let user = personCase.user, let activation = personCase.activation, activation.userID == user.id,
            activation.isUsable(at: personCase.now), user.isEnabled, !user.isBlocked(at: personCase.now)
        else { throw Refusal(.unauthenticated, reason: "activation unknown, used, void, late or its user is locked") }
        if case .typed(_, let typed) = proposal.credential {
            guard let code = ActivationCode(parsing: typed),
                ConstantTime.equal(digests.digest(ofCode: code.canonical, for: user.id), activation.codeHash)
            else { throw Refusal(.unauthenticated, reason: "activation \(activation.id): another code was typed") }
        }
        guard let message = ActivationMessage(credential: proposal.credential, publicKey: proposal.publicKey),
            proposal.publicKey.verify(signature: proposal.proof, message: message.bytes)
        else { throw Refusal(.unauthenticated, reason: "activation \(activation.id): the proof does not verify") }
        let factor = Factor(
            id: deviceID, userID: user.id, name: proposal.name, state: .active, createdAt: personCase.now,
            mechanism: .device(
                DeviceState(
                    publicKey: proposal.publicKey.der, platform: proposal.platform,
                    pushAddress: proposal.pushAddress)))
        personCase.record(.useActivation(activation.id, device: deviceID))
        personCase.record(.insertFactor(factor, secret: nil))
        personCase.record(.endTickets(user.id))
        personCase.record(.act("device.activated", on: user.id, factor: factor))
        return factor
    }
}

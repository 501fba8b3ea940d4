// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
package import Primitives

/// The six operations of phones (contract.md, Devices). Each request is verified, done and its nonce spent in one go.
package struct DeviceService: Sendable {
    private let store: any PersonStore
    private let rules: DeviceRules
    private let activations: ActivationRules
    private let factors: FactorRules
    private let nonces: any DeviceNonces
    private let domains: IdentityDomains
    private let random: any RandomSource

    package init(
        store: any PersonStore, rules: DeviceRules, activations: ActivationRules, factors: FactorRules,
        nonces: any DeviceNonces, domains: IdentityDomains, random: any RandomSource
    ) {
        self.store = store
        self.rules = rules
        self.activations = activations
        self.factors = factors
        self.nonces = nonces
        self.domains = domains
        self.random = random
    }

    /// A fresh nonce for a phone to sign.
    package func issueNonce() -> String { nonces.issue() }

    /// Makes a phone the device of whoever the activation is for.
    ///
    /// - Throws: ``Refusal`` `unauthenticated` for whatever is wrong with it, `tooManyRequests` when the address that the
    ///   phone calls from was wrong too often (R35).
    package func activate(
        _ proposal: DeviceProposal, caller: Caller, keeping: AnswerKeeping<ActivatedDevice>
    ) async throws(Refusal) -> KeptAnswer<ActivatedDevice> {
        let address = caller.phoneAddress.isEmpty ? caller.peer : caller.phoneAddress
        var reading = PersonReading(guessBucket: activations.digests.bucket(ofAddress: address))
        let subject: PersonSubject
        switch proposal.credential {
        case .secret(let secret):
            let hash = activations.digests.digest(ofSecret: secret)
            subject = .activation(secretHash: hash)
            reading.activation = .secretHash(hash)
        case .typed(let user, _):
            subject = CanonicalName(user, domains: domains).map { .name($0) } ?? .impossibleName
            reading.activation = .pending
        }
        let id: FactorID = random.identifier()
        let activations = activations
        let answer = try await store.decide(
            subject, reading: reading, caller: caller, keeping: Self.keepingDevices(keeping)
        ) { personCase throws(Refusal) in
            try activations.use(proposal, deviceID: id, in: &personCase)
        }
        switch answer {
        case .fresh(.activated(let device)): return .fresh(device)
        case .fresh(.refused(let refusal)): throw refusal
        case .stored(let status, let body): return .stored(status: status, body: body)
        }
    }

    /// A refusal is not kept: a phone that asks again is judged again.
    private static func keepingDevices(_ keeping: AnswerKeeping<ActivatedDevice>) -> AnswerKeeping<ActivationOutcome> {
        AnswerKeeping(status: keeping.status, isOneTime: keeping.isOneTime) { outcome in
            guard case .activated(let device) = outcome else { return nil }
            return try keeping.encode(device)
        }
    }

    /// Verifies a request that holds nothing that could be done, and spends its nonce.
    package func verify(_ request: SignedDeviceRequest, caller: Caller) async throws(Refusal) {
        try await verified(request, caller) { _, _ throws(Refusal) in }
    }

    /// The challenge that waits for the phone's person.
    package func challenges(_ request: SignedDeviceRequest, caller: Caller) async throws(Refusal) -> [SignIn] {
        let rules = rules
        return try await verified(request, caller) { _, personCase throws(Refusal) in
            rules.challenge(in: &personCase).map { [$0] } ?? []
        }
    }

    /// Decides a challenge.
    package func answer(
        _ id: SignInID, _ answer: ChallengeAnswer, request: SignedDeviceRequest, caller: Caller
    ) async throws(Refusal) -> SignInState {
        let rules = rules
        let outcome = try await verified(request, caller, reading: PersonReading(signIn: id)) {
            factor, personCase throws(Refusal) in
            try rules.answer(answer, by: factor, in: &personCase)
        }
        switch outcome {
        case .decided(let state): return state
        case .decidedOtherwise: throw Refusal(.alreadyDecided, reason: "sign-in \(id) was decided by other lines")
        case .late: throw Refusal(.expired, reason: "sign-in \(id) had expired")
        case .badSignature: throw Refusal(.badSignature, reason: "the answer's signature does not verify")
        }
    }

    /// Replaces the address under which the phone is woken.
    package func setPushAddress(
        _ address: String, request: SignedDeviceRequest, caller: Caller
    ) async throws(Refusal) {
        try await verified(request, caller) { factor, personCase throws(Refusal) in
            var factor = factor
            let change = AuditChange(
                "pushAddress", from: factor.device?.pushAddress == nil ? nil : .secret, to: .secret)
            factor.device?.pushAddress = address
            personCase.update(factor)
            personCase.record(
                .act("device.push_address_set", on: factor.userID, factor: factor, changes: [change]))
        }
    }

    /// Ends the phone's own device.
    package func remove(request: SignedDeviceRequest, caller: Caller) async throws(Refusal) {
        let (rules, factors) = (rules, factors)
        try await verified(request, caller) { factor, personCase throws(Refusal) in
            _ = try factors.remove(factor.id, signIns: rules.signIns, in: &personCase)
        }
    }

    private func verified<Answer: Sendable>(
        _ request: SignedDeviceRequest, _ caller: Caller, reading: PersonReading = PersonReading(),
        _ rule: @escaping @Sendable (Factor, inout PersonCase) throws(Refusal) -> Answer
    ) async throws(Refusal) -> Answer {
        guard let nonce = nonces.open(request.nonce) else {
            throw Refusal(.unauthenticated, reason: "not a nonce of ours")
        }
        guard let id = FactorID(request.deviceID) else {
            throw Refusal(.unauthenticated, reason: "not a device id")
        }
        let rules = rules
        return try await store.decide(.device(id), reading: reading, caller: caller.withoutIdempotency) {
            personCase throws(Refusal) in
            let factor = try rules.authenticate(request, nonce: nonce, in: &personCase)
            return try rule(factor, &personCase)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
import MFADomain
import Primitives

/// A person with an activated phone, and what the two may do together.
struct PhoneScene {
    var world = World()
    let phone: TestPhone
    let device: FactorID
    let rules: DeviceRules

    init(_ phone: TestPhone = .alices, settings: SignInSettings = .patient) throws {
        self.phone = phone
        rules = DeviceRules(signIns: SignInRules(settings: settings, random: SystemRandomSource()))
        device = try world.own(phone)
    }

    /// Begins a sign-in by push.
    mutating func push(application: String = "vpn", clientAddress: String = "192.0.2.1") throws -> SignIn {
        let request = SignInRequest(
            userGiven: "alice", requested: .push, passcode: nil, application: application,
            clientAddress: clientAddress)
        let (id, rules) = (world.random.identifier(IdentifierSubject.SignIn.self), rules)
        return try world.decide { personCase throws(Refusal) in
            try rules.signIns.start(
                request, id: id, caller: Caller(account: "vpn", frontEnd: "sdk"), in: &personCase)
        }
    }

    /// What the phone signs for a decision about `signIn`.
    func lines(_ signIn: SignIn, _ decision: DeviceDecision, number: NumberEntry? = nil) -> [UInt8] {
        AnswerMessage(
            challengeID: signIn.id.description, challengeNonce: signIn.prompt?.nonce ?? "",
            userID: signIn.userID?.description ?? "", application: signIn.application,
            clientAddress: signIn.clientAddress, createdAt: signIn.prompt?.createdAtText ?? "", decision: decision,
            number: number)?.bytes ?? []
    }

    /// The number that was shown for `signIn`.
    func number(of signIn: SignIn) -> NumberEntry? { signIn.prompt?.number.flatMap { NumberEntry(parsing: $0) } }

    /// A number that was not shown.
    func wrongNumber(of signIn: SignIn) -> NumberEntry? {
        NumberEntry(parsing: signIn.prompt?.number == "000000" ? "000001" : "000000")
    }

    /// Sends an answer with the given signature, or the right one.
    mutating func answer(
        _ signIn: SignIn, _ decision: DeviceDecision, number: NumberEntry? = nil, signature: [UInt8]? = nil,
        by device: FactorID? = nil
    ) throws -> DeviceAnswerOutcome {
        let answer = ChallengeAnswer(
            decision: decision, number: number,
            signature: signature ?? phone.sign(lines(signIn, decision, number: number)))
        let (factor, rules) = (try world.factor(device ?? self.device), rules)
        return try world.decide(signIn: signIn.id) { personCase throws(Refusal) in
            try rules.answer(answer, by: factor, in: &personCase)
        }
    }

    /// Approves with the number that was shown.
    mutating func approve(_ signIn: SignIn) throws -> DeviceAnswerOutcome {
        try answer(signIn, .approve, number: number(of: signIn))
    }

    /// Where the sign-in stands.
    func state(of signIn: SignIn) throws -> SignInState { try world.signIn(signIn.id).state }
}

extension SignInSettings {
    /// For scenes about something else than how many prompts a person gets.
    static let patient = SignInSettings(
        prompts: PromptLimits(perTenMinutes: 1000, perDay: 1000, suspendAfter: 1000))
}

// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
import MFADomain
import Primitives
import Testing

/// R34, R36: how a phone becomes somebody's device.
@Suite struct ActivationRulesTests {
    private let rules = ActivationRules(random: SystemRandomSource(), digests: PlainDigests())

    private func issue(_ world: inout World) throws -> IssuedActivation {
        let random = SystemRandomSource()
        let id: ActivationID = random.identifier()
        return try world.decide { personCase throws(Refusal) in
            try rules.issue(
                id: id, secret: ActivationSecret(from: random), code: ActivationCode(from: random), in: &personCase)
        }
    }

    private func proposal(
        _ credential: ActivationCredential, phone: TestPhone = .alices, signedBy signer: TestPhone? = nil,
        signing signed: ActivationCredential? = nil
    ) throws -> DeviceProposal {
        let key = try #require(DevicePublicKey(der: phone.key))
        let message = try #require(ActivationMessage(credential: signed ?? credential, publicKey: key))
        return DeviceProposal(
            credential: credential, publicKey: key, proof: (signer ?? phone).sign(message.bytes), name: "phone",
            platform: "test", pushAddress: nil)
    }

    private func use(
        _ proposal: DeviceProposal, _ issued: IssuedActivation, in world: inout World
    ) throws(Refusal) -> Factor {
        let id: FactorID = world.random.identifier()
        let outcome = try world.decide(activation: issued.activation.id) { personCase throws(Refusal) in
            try rules.use(proposal, deviceID: id, in: &personCase)
        }
        switch outcome {
        case .activated(let device): return device.factor
        case .refused(let refusal): throw refusal
        }
    }

    @Test func `makes the phone a device by the scanned secret`() throws {
        var world = World()
        let issued = try issue(&world)
        let factor = try use(try proposal(.secret(issued.secret.text)), issued, in: &world)
        #expect(factor.device?.publicKey == TestPhone.alices.key)
        #expect(factor.state == .active)
        #expect(factor.userID == world.user?.id)
        #expect(world.factors.map(\.id) == [factor.id])
        #expect(world.activations.map(\.state) == [.used])
        #expect(world.takeAudit() == ["activation.created", "device.activated"])
    }

    // R34: typed with separators and in either case, as shown or not.
    @Test func `makes the phone a device by the typed code`() throws {
        for spelling in [{ $0.text }, { $0.text.lowercased() }, { $0.canonical }] as [(ActivationCode) -> String] {
            var world = World()
            let issued = try issue(&world)
            let credential = ActivationCredential.typed(user: "alice", code: spelling(issued.code))
            _ = try use(try proposal(credential), issued, in: &world)
            #expect(world.factors.count == 1)
        }
    }

    // R34
    @Test(arguments: [(599, true), (600, false), (601, false)])
    func `is good for ten minutes`(seconds: Int, isGood: Bool) throws {
        var world = World()
        let issued = try issue(&world)
        world.now = world.now + .seconds(seconds)
        let proposal = try proposal(.secret(issued.secret.text))
        let code = refusal { () throws(Refusal) in try use(proposal, issued, in: &world) }
        #expect(code == (isGood ? nil : .unauthenticated))
        #expect(issued.activation.stateText(at: world.now) == (isGood ? "pending" : "expired"))
    }

    // R34
    @Test func `is good once`() throws {
        var world = World()
        let issued = try issue(&world)
        _ = try use(try proposal(.secret(issued.secret.text)), issued, in: &world)
        let second = try proposal(.secret(issued.secret.text), phone: .bobs)
        #expect(refusal { () throws(Refusal) in try use(second, issued, in: &world) } == .unauthenticated)
        #expect(world.factors.count == 1)
    }

    // R34
    @Test func `is void when another one is issued`() throws {
        var world = World()
        let first = try issue(&world)
        let second = try issue(&world)
        #expect(world.activations.map(\.state) == [.void, .pending])
        let proposal = try proposal(.secret(first.secret.text))
        #expect(refusal { () throws(Refusal) in try use(proposal, first, in: &world) } == .unauthenticated)
        _ = try use(try self.proposal(.secret(second.secret.text)), second, in: &world)
    }

    // R34: the code of one person with the name of another.
    @Test func `does not take a typed code of somebody else, nor another one`() throws {
        var alice = World()
        var bob = World("bob")
        let alices = try issue(&alice)
        let bobs = try issue(&bob)
        for code in [bobs.code.text, "0000-0000", "", "12345"] where code != alices.code.text {
            let proposal = try proposal(.typed(user: "alice", code: code))
            #expect(refusal { () throws(Refusal) in try use(proposal, alices, in: &alice) } == .unauthenticated)
        }
        bob.activations = alice.activations
        let stolen = try proposal(.typed(user: "bob", code: alices.code.text))
        #expect(refusal { () throws(Refusal) in try use(stolen, alices, in: &bob) } == .unauthenticated)
    }

    // R36
    @Test func `demands proof of the private key`() throws {
        var world = World()
        let issued = try issue(&world)
        let credential = ActivationCredential.secret(issued.secret.text)
        let wrong = [
            try proposal(credential, phone: .alices, signedBy: .bobs),
            try proposal(credential, signing: .secret("another")),
            try proposal(credential, signing: .typed(user: "alice", code: issued.code.text)),
        ]
        for proposal in wrong {
            #expect(refusal { () throws(Refusal) in try use(proposal, issued, in: &world) } == .unauthenticated)
        }
        #expect(world.activations.map(\.state) == [.pending])
        _ = try use(try proposal(credential), issued, in: &world)
    }

    @Test func `is not used for a person who may not sign in`() throws {
        for obstacle in [
            { $0.isEnabled = false },
            { $0.block = User.Block(at: Instant(seconds: 0), until: nil, reason: "") },
        ] as [(inout User) -> Void] {
            var world = World()
            let issued = try issue(&world)
            if var user = world.user {
                obstacle(&user)
                world.user = user
            }
            let proposal = try proposal(.secret(issued.secret.text))
            #expect(refusal { () throws(Refusal) in try use(proposal, issued, in: &world) } == .unauthenticated)
        }
    }

    // R34: 10 000 of them.
    @Test func `issues secrets of 112 bits or more that never repeat`() {
        let random = SystemRandomSource()
        let secrets = (0..<10_000).map { _ in ActivationSecret(from: random).text }
        #expect(Set(secrets).count == secrets.count)
        #expect(secrets.allSatisfy { (Base64URL.decode($0)?.count ?? 0) * 8 >= 112 })
    }

    @Test func `is not issued to somebody with too many factors`() throws {
        var world = World()
        for _ in 0..<FactorRules.factorsMax { _ = try world.own(.hotp()) }
        #expect(throws: Refusal(.conflict, reason: "")) { try issue(&world) }
    }
}

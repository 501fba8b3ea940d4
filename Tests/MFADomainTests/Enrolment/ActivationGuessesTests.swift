// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
import MFADomain
import Primitives
import Testing

/// R35: what bounds guessing at activations.
@Suite struct ActivationGuessesTests {
    private let rules = ActivationRules(
        random: SystemRandomSource(), digests: PlainDigests(),
        limits: ActivationLimits(perCode: 5, perPerson: 12, perAddress: 10, ofAll: 30))

    private func issue(_ world: inout World) throws -> IssuedActivation {
        let random = SystemRandomSource()
        let id: ActivationID = random.identifier()
        return try world.decide { personCase throws(Refusal) in
            try rules.issue(
                id: id, secret: ActivationSecret(from: random), code: ActivationCode(from: random), in: &personCase)
        }
    }

    /// What a phone hears: nil when it is a device now.
    private func use(
        _ credential: ActivationCredential, of activation: ActivationID?, in world: inout World
    ) throws -> Refusal.Code? {
        let key = try #require(DevicePublicKey(der: TestPhone.alices.key))
        let message = try #require(ActivationMessage(credential: credential, publicKey: key))
        let proposal = DeviceProposal(
            credential: credential, publicKey: key, proof: TestPhone.alices.sign(message.bytes), name: "phone",
            platform: "test", pushAddress: nil)
        let id: FactorID = world.random.identifier()
        do {
            let outcome = try world.decide(activation: activation) { personCase throws(Refusal) in
                try rules.use(proposal, deviceID: id, in: &personCase)
            }
            guard case .refused(let refusal) = outcome else { return nil }
            return refusal.code
        } catch {
            return error.code
        }
    }

    private func wrong(_ number: Int) -> ActivationCredential {
        .typed(user: "alice", code: "0000-000\(number % 10)")
    }

    @Test func `five wrong codes void the code, and the secret can still be scanned`() throws {
        var world = World()
        let issued = try issue(&world)
        _ = world.takeAudit()
        for number in 1...5 {
            #expect(try use(wrong(number), of: issued.activation.id, in: &world) == .unauthenticated)
            #expect(world.activations.first?.wrongCodes == number)
        }
        #expect(world.takeAudit() == ["activation.code_void", "activation.bruteforce"])
        let right = ActivationCredential.typed(user: "alice", code: issued.code.text)
        #expect(try use(right, of: issued.activation.id, in: &world) == .unauthenticated)
        // R21: who was scanned for is not locked out by strangers.
        #expect(try use(.secret(issued.secret.text), of: issued.activation.id, in: &world) == nil)
        #expect(world.takeAudit() == ["device.activated"])
    }

    @Test func `four wrong codes leave the right one good`() throws {
        var world = World()
        let issued = try issue(&world)
        for number in 1...4 { _ = try use(wrong(number), of: issued.activation.id, in: &world) }
        let right = ActivationCredential.typed(user: "alice", code: issued.code.text)
        #expect(try use(right, of: issued.activation.id, in: &world) == nil)
        #expect(world.tries.map(\.isWrong) == [true, true, true, true, false])
    }

    @Test func `a person's codes share a budget, however often one is issued`() throws {
        var world = World()
        for _ in 0..<3 {
            let issued = try issue(&world)
            for number in 1...5 {
                world.guesses = ActivationGuesses(bucket: number)
                _ = try use(wrong(number), of: issued.activation.id, in: &world)
            }
            // A new row knows what was typed for the person before it.
            if let last = world.activations.indices.last { world.activations[last].wrongCodesOfPerson = 12 }
        }
        let issued = try issue(&world)
        if let last = world.activations.indices.last { world.activations[last].wrongCodesOfPerson = 12 }
        world.guesses = ActivationGuesses(bucket: 1)
        let right = ActivationCredential.typed(user: "alice", code: issued.code.text)
        #expect(try use(right, of: issued.activation.id, in: &world) == .unauthenticated)
        #expect(world.activations.last?.wrongCodes == 0)
        #expect(try use(.secret(issued.secret.text), of: issued.activation.id, in: &world) == nil)
    }

    @Test func `an address has ten wrong activations a minute, right ones included after that`() throws {
        var world = World()
        let issued = try issue(&world)
        _ = world.takeAudit()
        for _ in 0..<10 { #expect(try use(.secret("guess"), of: nil, in: &world) == .unauthenticated) }
        #expect(world.takeAudit() == ["activation.bruteforce"])
        let before = world.tries.count
        #expect(try use(.secret(issued.secret.text), of: issued.activation.id, in: &world) == .tooManyRequests)
        #expect(world.tries.count == before)
        #expect(world.activations.map(\.state) == [.pending])
        // Another address.
        world.guesses = ActivationGuesses(bucket: 8, ofAll: world.guesses.ofAll, isAlarmed: true)
        #expect(try use(.secret(issued.secret.text), of: issued.activation.id, in: &world) == nil)
    }

    @Test func `a refused address is told when to come again`() throws {
        let guesses = ActivationGuesses(
            bucket: 1, ofAddress: 10, addressEndsAt: Instant(seconds: 1_800_000_042))
        var world = World()
        world.guesses = guesses
        // Nobody saw which try was the last; whoever comes after it raises the alarm, once.
        #expect(try use(.secret("guess"), of: nil, in: &world) == .tooManyRequests)
        #expect(world.takeAudit() == ["activation.bruteforce"])
        #expect(try use(.secret("guess"), of: nil, in: &world) == .tooManyRequests)
        #expect(world.takeAudit().isEmpty)
        let refusal = #expect(throws: Refusal.self) {
            let key = try #require(DevicePublicKey(der: TestPhone.alices.key))
            let proposal = DeviceProposal(
                credential: .secret("x"), publicKey: key, proof: [], name: "p", platform: "p", pushAddress: nil)
            let id: FactorID = world.random.identifier()
            _ = try world.decide { personCase throws(Refusal) in
                try rules.use(proposal, deviceID: id, in: &personCase)
            }
        }
        #expect(refusal?.retryAfterSeconds == 43)
    }

    @Test func `too many of all leave each address one try, raise one alarm and count no further`() throws {
        var world = World()
        for number in 1...40 {
            world.guesses = ActivationGuesses(
                bucket: number, ofAll: world.guesses.ofAll, isAlarmed: world.guesses.isAlarmed)
            #expect(try use(.secret("guess"), of: nil, in: &world) == .unauthenticated)
        }
        #expect(world.guesses.ofAll == 30)
        #expect(world.takeAudit() == ["activation.bruteforce"])
        #expect(world.tries.count { $0.raisesAlarm } == 1)
        #expect(try use(.secret("guess"), of: nil, in: &world) == .tooManyRequests)
        let issued = try issue(&world)
        world.guesses = ActivationGuesses(bucket: 50_000, ofAll: 30, isAlarmed: true)
        #expect(try use(.secret(issued.secret.text), of: issued.activation.id, in: &world) == nil)
    }

    // R19: whatever is wrong is written with the same statements.
    @Test func `unknown, used, late and wrong are counted alike`() throws {
        var world = World()
        let issued = try issue(&world)
        world.activations[0].state = .used
        _ = try use(.secret(issued.secret.text), of: issued.activation.id, in: &world)
        world.activations[0].state = .pending
        world.now = world.now + .seconds(601)
        _ = try use(.secret(issued.secret.text), of: issued.activation.id, in: &world)
        world.now = world.now + .seconds(-601)
        _ = try use(wrong(1), of: issued.activation.id, in: &world)
        world.user = nil
        _ = try use(wrong(1), of: nil, in: &world)
        #expect(world.tries.map(\.isWrong) == [true, true, true, true])
        #expect(world.tries.map(\.countsForAll) == [true, true, true, true])
        #expect(world.tries.map { $0.wrongCodeOf != nil } == [false, false, true, false])
    }

    @Test func `nothing is judged without its budget`() throws {
        var personCase = PersonCase(user: nil, now: Instant(seconds: 0))
        let key = try #require(DevicePublicKey(der: TestPhone.alices.key))
        let proposal = DeviceProposal(
            credential: .secret("x"), publicKey: key, proof: [], name: "p", platform: "p", pushAddress: nil)
        let id: FactorID = SystemRandomSource().identifier()
        #expect(
            refusal { () throws(Refusal) in _ = try rules.use(proposal, deviceID: id, in: &personCase) }
                == .unavailable)
    }
}

// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
import MFADomain
import Primitives
import Testing

/// How a phone decides a sign-in, and how nobody else does.
@Suite struct DeviceRulesTests {
    // R24, R25: and anybody can verify the stored answer again.
    @Test func `approves by the signed number that was shown`() throws {
        var scene = try PhoneScene()
        let signIn = try scene.push()
        #expect(try scene.approve(signIn) == .decided(.approved))
        let stored = try scene.world.signIn(signIn.id)
        #expect(stored.state == .approved)
        #expect(stored.factorID == scene.device)
        #expect(stored.factorKind == .device)
        #expect(stored.prompt?.number == nil)
        let answer = try #require(stored.answer)
        let key = try #require(DevicePublicKey(der: answer.publicKey))
        #expect(key.verify(signature: answer.signature, message: answer.message))
        #expect(try scene.world.factor(scene.device).lastUsedAt == scene.world.now)
        #expect(scene.world.takeAudit() == ["push.started", "push.approved"])
    }

    // R24 (a), (b), (c), (d), (e), (f), (g)
    @Test func `refuses every answer that the phone did not sign as it stands`() throws {
        var scene = try PhoneScene()
        let signIn = try scene.push()
        let number = scene.number(of: signIn)
        let right = scene.phone.sign(scene.lines(signIn, .approve, number: number))
        let (r, s) = (Array(right.prefix(32)), Array(right.suffix(32)))
        let zero = [UInt8](repeating: 0, count: 32)
        let order = Hex.decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551") ?? []
        var bent = right
        bent[63] ^= 1
        var other = try PhoneScene()
        let signatures: [[UInt8]] = [
            [], [0], Array(right.dropLast()), right + [0], bent, zero + s, r + zero, zero + zero, order + s, r + order,
            [UInt8](repeating: 0xff, count: 64), s + r,
            TestPhone.bobs.sign(scene.lines(signIn, .approve, number: number)),
            scene.phone.sign(scene.lines(try other.push(), .approve, number: number)),
            scene.phone.sign(scene.lines(signIn, .deny)),
            scene.phone.sign(scene.lines(signIn, .approve, number: scene.wrongNumber(of: signIn))),
            scene.phone.sign(scene.lines(signIn, .approve)),
        ]
        _ = scene.world.takeAudit()
        for signature in signatures {
            #expect(try scene.answer(signIn, .approve, number: number, signature: signature) == .badSignature)
            #expect(try scene.state(of: signIn) == .pending)
        }
        #expect(scene.world.takeAudit() == signatures.map { _ in "push.bad_signature" })
        #expect(try scene.world.factor(scene.device).budget.failures == 0)
        #expect(try scene.approve(signIn) == .decided(.approved))
    }

    // R24 (e): a signed denial is no approval, whoever turns it round.
    @Test func `does not take a signature of one decision for another`() throws {
        var scene = try PhoneScene()
        let signIn = try scene.push()
        let denial = scene.phone.sign(scene.lines(signIn, .deny))
        for decision in [DeviceDecision.approve, .fraud] {
            #expect(try scene.answer(signIn, decision, signature: denial) == .badSignature)
        }
        #expect(try scene.state(of: signIn) == .pending)
    }

    // R24 (i): each frozen text is part of what is signed.
    @Test(arguments: ["id", "nonce", "user", "application", "address", "time"])
    func `does not take a signature over another text`(changed: String) throws {
        var scene = try PhoneScene()
        let signIn = try scene.push()
        let number = scene.number(of: signIn)
        let message = AnswerMessage(
            challengeID: changed == "id" ? signIn.id.description.uppercased() : signIn.id.description,
            challengeNonce: changed == "nonce" ? "AAAAAAAAAAAAAAAAAAAAAA" : signIn.prompt?.nonce ?? "",
            userID: changed == "user"
                ? FactorID(version4: [UInt8](repeating: 1, count: 16)).description
                : signIn.userID?.description ?? "",
            application: changed == "application" ? "wiki" : signIn.application,
            clientAddress: changed == "address" ? "" : signIn.clientAddress,
            createdAt: changed == "time"
                ? scene.world.now.description.replacing("Z", with: "+00:00")
                : signIn.prompt?.createdAtText ?? "",
            decision: .approve, number: number)
        let signature = scene.phone.sign(try #require(message).bytes)
        #expect(try scene.answer(signIn, .approve, number: number, signature: signature) == .badSignature)
        #expect(try scene.state(of: signIn) == .pending)
    }

    // R25
    @Test func `closes the sign-in at a wrong number and counts it`() throws {
        var scene = try PhoneScene()
        let signIn = try scene.push()
        #expect(
            try scene.answer(signIn, .approve, number: scene.wrongNumber(of: signIn)) == .decided(.denied))
        #expect(try scene.world.factor(scene.device).budget.failures == 1)
        #expect(try scene.world.signIn(signIn.id).reason == .refused)
        #expect(try scene.approve(signIn) == .decidedOtherwise)
        #expect(try scene.state(of: signIn) == .denied)
        #expect(scene.world.takeAudit() == ["push.started", "push.wrong_number"])
    }

    // R25
    @Test(arguments: ["", "48", "1234567"])
    func `does not approve without the whole number`(typed: String) throws {
        var scene = try PhoneScene()
        let signIn = try scene.push()
        #expect(try scene.answer(signIn, .approve, number: NumberEntry(parsing: typed)) == .decided(.denied))
        #expect(try scene.world.factor(scene.device).budget.failures == 1)
    }

    @Test func `takes plain approval where it is configured, and no number then`() throws {
        let plain = SignInSettings(numberDigits: 0)
        var scene = try PhoneScene(settings: plain)
        let signIn = try scene.push()
        #expect(try scene.answer(signIn, .approve) == .decided(.approved))
        let another = try scene.push()
        #expect(
            try scene.answer(another, .approve, number: NumberEntry(parsing: "000000")) == .decided(.denied))
    }

    // R15, R16: the phone has a budget of its own.
    @Test func `stops asking a phone that typed too many wrong numbers`() throws {
        var scene = try PhoneScene()
        for _ in 0..<5 {
            let signIn = try scene.push()
            _ = try scene.answer(signIn, .approve, number: scene.wrongNumber(of: signIn))
        }
        #expect(try scene.push().state == .denied)
        scene.world.now = scene.world.now + .seconds(30)
        #expect(try scene.approve(try scene.push()) == .decided(.approved))
        #expect(try scene.world.factor(scene.device).budget == FailureBudget())
    }

    // R15
    @Test func `disables a phone at the hard cap`() throws {
        var scene = try PhoneScene()
        for _ in 0..<100 {
            scene.world.now = scene.world.now + .seconds(3601)
            let signIn = try scene.push()
            _ = try scene.answer(signIn, .approve, number: scene.wrongNumber(of: signIn))
        }
        #expect(try scene.world.factor(scene.device).state == .disabled)
        #expect(scene.world.takeAudit().filter { $0 == "authenticator.disabled" }.count == 1)
        scene.world.now = scene.world.now + .seconds(86_400)
        #expect(try scene.push().state == .denied)
    }

    // R14: a phone that is delayed meanwhile approves nothing.
    @Test func `does not approve by a phone in delay`() throws {
        var scene = try PhoneScene()
        let second = try scene.world.own(.bobs)
        let signIn = try scene.push()
        for index in scene.world.factors.indices where scene.world.factors[index].id == scene.device {
            for _ in 0..<5 {
                _ = scene.world.factors[index].recordFailure(at: scene.world.now, limits: FailureLimits())
            }
        }
        #expect(try scene.approve(signIn) == .decided(.denied))
        #expect(try scene.world.factor(second).budget.failures == 0)
    }

    // R27
    @Test func `denies at once`() throws {
        var scene = try PhoneScene()
        let signIn = try scene.push()
        #expect(try scene.answer(signIn, .deny) == .decided(.denied))
        #expect(try scene.world.signIn(signIn.id).reason == .deniedByUser)
        #expect(scene.world.takeAudit() == ["push.started", "push.denied"])
        #expect(try scene.push().state == .pending)
    }

    // R27
    @Test func `stops all prompts after a fraud report until an administrator unblocks`() throws {
        var scene = try PhoneScene()
        let signIn = try scene.push()
        #expect(try scene.answer(signIn, .fraud) == .decided(.denied))
        #expect(try scene.world.signIn(signIn.id).reason == .fraudReported)
        #expect(try scene.push().state == .denied)
        let users = UserRules(signIns: scene.rules.signIns)
        _ = try scene.world.decide { personCase throws(Refusal) in
            try users.unblock(in: &personCase)
        }
        #expect(try scene.push().state == .pending)
    }

    // R27, R20
    @Test(arguments: [true, false])
    func `a fraud report blocks the person with all factors, where it is not told to stop prompts alone`(
        blocks: Bool
    ) throws {
        var scene = try PhoneScene(settings: SignInSettings(fraudBlocks: blocks))
        let token = try scene.world.own(.totp())
        scene.world.tickets = [
            Ticket(
                hash: [1], userID: try scene.world.userID, account: "portal", factorKind: .device,
                provedAt: scene.world.now, createdAt: scene.world.now, lastUsedAt: scene.world.now)
        ]
        let signIn = try scene.push()
        #expect(try scene.answer(signIn, .fraud) == .decided(.denied))
        let events = ["push.started"] + (blocks ? ["user.blocked"] : []) + ["push.fraud"]
        #expect(scene.world.takeAudit() == events)
        #expect(scene.world.user?.block?.reason == (blocks ? "fraud reported" : nil))
        let end = scene.world.now + .seconds(90 * 86_400)
        #expect(scene.world.user?.block?.until == (blocks ? end : nil))
        #expect(scene.world.tickets.isEmpty)
        let passcode = try scene.world.passcode(of: token)
        let request = SignInRequest(
            userGiven: "alice", requested: .passcode, passcode: passcode, application: "vpn", clientAddress: "")
        let (rules, id) = (scene.rules.signIns, scene.world.random.identifier(IdentifierSubject.SignIn.self))
        let next = try scene.world.decide { personCase throws(Refusal) in
            try rules.start(request, id: id, caller: Caller(account: "vpn", frontEnd: "sdk"), in: &personCase)
        }
        #expect(next.state == (blocks ? .denied : .approved))
        // A block ends by itself; the stop of prompts takes an administrator.
        scene.world.now = scene.world.now + .seconds(91 * 86_400)
        #expect(scene.world.user?.isBlocked(at: scene.world.now) == false)
        #expect(try scene.push().state == .denied)
    }

    // R27, R78: somebody else may be at it, who would be let in by what waits.
    @Test(arguments: [DeviceDecision.deny, .fraud])
    func `a bypass that waits ends with a denial and with a report`(decision: DeviceDecision) throws {
        var scene = try PhoneScene(settings: SignInSettings(fraudBlocks: false))
        let signIn = try scene.push()
        scene.world.user?.bypass = Bypass(
            issuedAt: scene.world.now, expiresAt: scene.world.now + .seconds(300), issuedBy: "admin", reason: "no phone"
        )
        _ = scene.world.takeAudit()
        #expect(try scene.answer(signIn, decision) == .decided(.denied))
        #expect(scene.world.user?.bypass == nil)
        #expect(scene.world.takeAudit().first == "bypass.withdrawn")
    }

    // R27: whatever else is refused by then, a report is heard; and a block that stands is not made shorter by it.
    @Test func `a fraud report counts although the person is blocked meanwhile`() throws {
        var scene = try PhoneScene()
        let signIn = try scene.push()
        let block = User.Block(at: scene.world.now, until: nil, reason: "left")
        scene.world.user?.block = block
        #expect(try scene.answer(signIn, .fraud) == .decided(.denied))
        #expect(try scene.world.signIn(signIn.id).reason == .fraudReported)
        #expect(scene.world.takeAudit() == ["push.started", "push.fraud"])
        #expect(scene.world.user?.block == block && scene.world.user?.promptsBlockedAt == scene.world.now)
    }

    // R28: the server's time, whatever the phone's clock says.
    @Test(arguments: [(59_900, true), (60_100, false)])
    func `decides up to the end of the prompt`(milliseconds: Int, isInTime: Bool) throws {
        var scene = try PhoneScene()
        let signIn = try scene.push()
        scene.world.now = scene.world.now + .milliseconds(milliseconds)
        #expect(try scene.approve(signIn) == (isInTime ? .decided(.approved) : .late))
        #expect(try scene.state(of: signIn) == (isInTime ? .approved : .expired))
        #expect(try scene.approve(signIn) == (isInTime ? .decided(.approved) : .late))
    }

    // R29
    @Test(arguments: [DeviceDecision.approve, .deny, .fraud])
    func `answers the winning lines again, and other lines that it was decided`(decision: DeviceDecision) throws {
        var scene = try PhoneScene()
        let signIn = try scene.push()
        let number = decision == .approve ? scene.number(of: signIn) : nil
        let first = try scene.answer(signIn, decision, number: number)
        #expect(try scene.answer(signIn, decision, number: number) == first)
        // Whatever the signature bytes.
        let other = scene.phone.signOtherwise(scene.lines(signIn, decision, number: number))
        #expect(try scene.answer(signIn, decision, number: number, signature: other) == first)
        for loser in DeviceDecision.allCases where loser != decision {
            #expect(try scene.answer(signIn, loser) == .decidedOtherwise)
        }
        let audit = scene.world.takeAudit().filter { $0 != "user.blocked" }
        #expect(audit.count == 2, "one start and one decision: \(audit)")
    }

    @Test func `says that a cancelled sign-in was decided`() throws {
        var scene = try PhoneScene()
        let signIn = try scene.push()
        let rules = scene.rules
        _ = try scene.world.decide(signIn: signIn.id) { personCase throws(Refusal) in
            try rules.signIns.cancel(account: "vpn", in: &personCase)
        }
        #expect(try scene.approve(signIn) == .decidedOtherwise)
        #expect(try scene.state(of: signIn) == .cancelled)
    }

    // R20: a rule that slipped past the denial at the block is caught here.
    @Test(arguments: [true, false])
    func `denies a person who may not sign in any more`(isBlocked: Bool) throws {
        var scene = try PhoneScene()
        let signIn = try scene.push()
        if isBlocked {
            scene.world.user?.block = User.Block(at: scene.world.now, until: nil, reason: "")
        } else {
            scene.world.user?.isEnabled = false
        }
        #expect(try scene.approve(signIn) == .decided(.denied))
        #expect(scene.world.takeAudit() == ["push.started", "push.denied.locked"])
    }

    // R30, R32: another person's challenge does not exist.
    @Test func `knows no challenge of another person`() throws {
        var alice = try PhoneScene()
        var bob = try PhoneScene(.bobs)
        let signIn = try alice.push()
        bob.world.signIns = [signIn]
        #expect(throws: Refusal(.notFound, reason: "")) { try bob.approve(signIn) }
        #expect(try bob.state(of: signIn) == .pending)
        #expect(try alice.approve(signIn) == .decided(.approved))
    }

    // R30: one sign-in's approval leaves the next one waiting.
    @Test func `does not carry an approval over to another sign-in`() throws {
        var scene = try PhoneScene()
        let first = try scene.push()
        let lines = scene.lines(first, .approve, number: scene.number(of: first))
        #expect(try scene.approve(first) == .decided(.approved))
        let second = try scene.push()
        let outcome = try scene.answer(
            second, .approve, number: scene.number(of: first), signature: scene.phone.sign(lines))
        #expect(outcome == .badSignature)
        #expect(try scene.state(of: second) == .pending)
    }

    @Test func `lists the challenge that waits and no late one`() throws {
        var scene = try PhoneScene()
        let signIn = try scene.push()
        let rules = scene.rules
        let waiting = try scene.world.decide { personCase throws(Refusal) in rules.challenge(in: &personCase) }
        #expect(waiting?.id == signIn.id)
        scene.world.now = scene.world.now + .seconds(60)
        let late = try scene.world.decide { personCase throws(Refusal) in rules.challenge(in: &personCase) }
        #expect(late == nil)
        #expect(try scene.state(of: signIn) == .expired)
    }
}

// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Primitives
import Testing

/// One person's rows in memory: what a store reads for a rule, and what it does with the rule's changes.
struct World {
    var now = Instant(seconds: 1_800_000_000)
    var user: User?
    var factors: [Factor] = []
    var signIns: [SignIn] = []
    var activations: [Activation] = []
    var tickets: [Ticket] = []
    var spentNonces: [[UInt8]] = []
    var guesses = ActivationGuesses(bucket: 7)
    var bypassesIssued = 0
    var policy = Policy.builtIn
    private(set) var tries: [ActivationTry] = []
    private(set) var spentCodes: [[UInt8]] = []
    private(set) var audit: [AuditEvent] = []

    let random: any RandomSource = SystemRandomSource()

    /// A world with one person in it.
    init(_ username: String = "alice") {
        user = User(
            id: random.identifier(), username: username, canonicalName: username,
            createdAt: Instant(seconds: 1_700_000_000))
    }

    /// Makes `terms` what holds for everybody.
    mutating func obey(_ terms: PolicyTerms) throws {
        policy = try Policy(
            version: policy.version + 1, PolicyDocument(defaults: terms), zones: PolicyDecisionTests.Zones())
    }

    /// Lets a rule decide, as a store does: a refusal changes nothing.
    mutating func decide<Answer>(
        signIn: SignInID? = nil, activation: ActivationID? = nil, ticket: [UInt8]? = nil, mark: IdempotencyMark? = nil,
        _ rule: (inout PersonCase) throws(Refusal) -> Answer
    ) throws(Refusal) -> Answer {
        let asked = signIns.first { mark == nil ? $0.id == signIn : $0.idempotency?.keyHash == mark?.keyHash }
        var personCase = PersonCase(
            user: user, factors: factors,
            pendingPrompt: signIns.first { $0.state == .pending && $0.prompt != nil }, signIn: asked,
            activation: activations.first { $0.id == activation }, activationGuesses: guesses,
            ticket: tickets.first { $0.hash == ticket }, bypassesIssued: bypassesIssued,
            policy: policy, now: now)
        let answer = try rule(&personCase)
        for change in personCase.changes { apply(change) }
        audit += personCase.audit
        return answer
    }

    private mutating func apply(_ change: PersonChange) {
        switch change {
        case .insertUser(let user), .updateUser(let user): self.user = user
        case .deleteUser:
            user = nil
            factors = []
            tickets = []
            activations = []
        case .insertFactor(let factor, _): factors.append(factor)
        case .updateFactor(let factor): factors = factors.map { $0.id == factor.id ? factor : $0 }
        case .deleteFactor(let id): factors.removeAll { $0.id == id }
        case .spendRecoveryCode(_, let hash):
            // R79: the store's UPDATE demands this.
            #expect(!spentCodes.contains(hash), "a recovery code was spent twice")
            spentCodes.append(hash)
        case .insertSignIn(let signIn): signIns.append(signIn)
        case .updateSignIn(let signIn): update(signIn)
        case .markTicketIssued(let id, let at):
            for index in signIns.indices where signIns[index].id == id { signIns[index].ticketIssuedAt = at }
        case .insertActivation(let activation): activations.append(activation)
        case .useActivation(let id, _):
            for index in activations.indices where activations[index].id == id { activations[index].state = .used }
        case .voidActivations:
            for index in activations.indices where activations[index].state == .pending {
                activations[index].state = .void
            }
        case .countActivation(let attempt): count(attempt)
        case .raiseActivationAlarm:
            guesses = ActivationGuesses(
                bucket: guesses.bucket, ofAddress: guesses.ofAddress, addressEndsAt: guesses.addressEndsAt,
                ofAll: guesses.ofAll, isAlarmed: true)
        case .countBypass: bypassesIssued += 1
        case .spendNonce(let nonce, _): spentNonces.append(nonce)
        case .insertTicket(let ticket): tickets.append(ticket)
        case .touchTicket(let hash): touch(hash)
        case .endTickets(let user): tickets.removeAll { $0.userID == user }
        case .endTicket(let hash): tickets.removeAll { $0.hash == hash }
        }
    }

    private mutating func count(_ attempt: ActivationTry) {
        tries.append(attempt)
        guard attempt.isWrong else { return }
        guesses = ActivationGuesses(
            bucket: guesses.bucket, ofAddress: guesses.ofAddress + 1, addressEndsAt: now + .seconds(60),
            ofAll: guesses.ofAll + (attempt.countsForAll ? 1 : 0), isAlarmed: guesses.isAlarmed || attempt.raisesAlarm)
        for index in activations.indices {
            if activations[index].id == attempt.wrongCodeOf { activations[index].wrongCodes += 1 }
            if attempt.wrongCodeOf != nil { activations[index].wrongCodesOfPerson += 1 }
        }
    }

    private mutating func update(_ signIn: SignIn) {
        guard let index = signIns.firstIndex(where: { $0.id == signIn.id }) else {
            Issue.record("a sign-in was updated that is not there")
            return
        }
        // R29: the store's UPDATE demands this.
        #expect(signIns[index].state == .pending, "a decided sign-in was decided again")
        signIns[index] = signIn
    }

    private mutating func touch(_ hash: [UInt8]) {
        tickets = tickets.map { ticket in
            guard ticket.hash == hash else { return ticket }
            return Ticket(
                hash: hash, userID: ticket.userID, account: ticket.account, factorKind: ticket.factorKind,
                provedAt: ticket.provedAt, createdAt: ticket.createdAt, lastUsedAt: now)
        }
    }

    /// The names of the audit rows so far, and forgets them.
    mutating func takeAudit() -> [String] {
        defer { audit = [] }
        return audit.map(\.event)
    }

    /// The factor as it stands.
    func factor(_ id: FactorID) throws -> Factor { try #require(factors.first { $0.id == id }) }

    /// The sign-in as it stands.
    func signIn(_ id: SignInID) throws -> SignIn { try #require(signIns.first { $0.id == id }) }
}

/// The code of a refusal that `body` ends with, or nil.
func refusal<R>(_ body: () throws(Refusal) -> R) -> Refusal.Code? {
    do throws(Refusal) {
        _ = try body()
        return nil
    } catch {
        return error.code
    }
}

/// Digests that show what they were made of.
struct PlainDigests: CredentialDigests {
    func digest(ofSecret secret: String) -> [UInt8] { Array("secret \(secret)".utf8) }

    func digest(ofCode code: String, for user: UserID) -> [UInt8] { Array("code \(code) of \(user)".utf8) }

    func bucket(ofAddress address: String) -> Int { address.utf8.count }
}

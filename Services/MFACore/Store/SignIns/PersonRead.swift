// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Postgres
import Primitives

/// The statements of a decision's first round trip: the lock, then the reads, each with a snapshot of its own.
struct PersonRead {
    private enum Part {
        case ignored, lock, person, prompt, signIn, activation, guesses, bypasses, defaults, ticket, kept
    }

    private let parts: [Part]
    private let guessBucket: Int?
    private let readsDefaults: Bool
    let statements: [(Statement, [PostgresValue])]

    init(
        subject: PersonSubject, reading: PersonReading, caller: Caller, keepsAnswer: Bool, lockTimeout: Duration? = nil
    ) {
        guessBucket = reading.guessBucket
        readsDefaults = reading.newPersonDefaults
        var list: [(Part, Statement, [PostgresValue])] = []
        if let lockTimeout {
            let (statement, values) = TransactionStatements.limitingLocks(to: lockTimeout)
            list.append((.ignored, statement, values))
        }
        if let (key, value) = Self.key(of: subject) {
            list.append((.lock, PersonStatements.lock(key), [value]))
            if case .signIn(let id) = subject { list.append((.ignored, SignInStatements.lockOfNobody, [.id(id)])) }
            list.append((.person, PersonStatements.read(key), [value]))
            list.append((.prompt, PersonStatements.readPrompt(key), [value]))
            if case .pending = reading.activation {
                list.append((.activation, PersonStatements.readActivation(key), [value]))
            }
        } else {
            list.append((.person, PersonStatements.readNobody, []))
        }
        switch reading.activation {
        case .id(let id): list.append((.activation, ActivationStatements.readByID, [.id(id)]))
        case .secretHash(let hash): list.append((.activation, ActivationStatements.readBySecret, [.bytes(hash)]))
        case .pending, nil: break
        }
        if let bucket = reading.guessBucket {
            list.append((.guesses, ActivationStatements.readGuesses, [.integer(bucket)]))
        }
        if let administrator = reading.bypassesBy {
            list.append((.bypasses, BypassStatements.readCount, [.text(administrator)]))
        }
        if readsDefaults { list.append((.defaults, NewPersonStatements.read, [])) }
        if let hash = caller.ticketHash { list.append((.ticket, TicketStatements.read, [.bytes(hash)])) }
        if let id = reading.signIn { list.append((.signIn, SignInStatements.readByID, [.id(id)])) }
        if let mark = caller.idempotency {
            let account = caller.account
            if keepsAnswer {
                let key: [PostgresValue] = [.text(account), .bytes(mark.keyHash)]
                list.append((.ignored, IdempotencyStatements.freeOld, key))
                list.append((.kept, IdempotencyStatements.read, key))
            } else if reading.signIn == nil {
                let keys: [PostgresValue] = [.texts([account]), .bytesArray([mark.keyHash])]
                list.append((.ignored, SignInStatements.freeOldKeys, keys))
                list.append((.signIn, SignInStatements.readByKeys, keys))
            }
        }
        parts = list.map(\.0)
        statements = list.map { ($0.1, $0.2) }
    }

    private static func key(of subject: PersonSubject) -> (SubjectKey, PostgresValue)? {
        switch subject {
        case .nobody, .impossibleName: nil
        case .name(let name): (.name, .text(name.text))
        case .user(let id): (.id, .id(id))
        case .signIn(let id): (.signIn, .id(id))
        case .device(let id): (.device, .id(id))
        case .activation(let hash): (.activation, .bytes(hash))
        case .ticket(let hash): (.ticket, .bytes(hash))
        }
    }

    /// Reads the rows that the statements brought, in their order.
    func found(in results: [[Row]], keyring: Keyring) throws -> PersonFound {
        var locked: UserID?
        var user: User?
        var factors: [Factor] = []
        var prompt: SignIn?
        var signIn: SignIn?
        var activation: Activation?
        var guesses = guessBucket.map { ActivationGuesses(bucket: $0) }
        var bypassesIssued: Int?
        var defaults: NewPersonDefaults? = readsDefaults ? NewPersonDefaults() : nil
        var ticket: Ticket?
        var kept: PersonFound.Kept?
        var now: Instant?
        var transactionID = ""
        var policyVersion: Int64 = 0
        let factorRow = FactorRow(keyring: keyring)
        for (part, rows) in zip(parts, results) {
            guard let first = rows.first else { continue }
            switch part {
            case .ignored: break
            case .lock: locked = try first.id("id")
            case .person:
                now = try first.instant("now")
                transactionID = try first.text("xid")
                policyVersion = try first.integer("policy_version")
                guard try !first.isNull("user_id") else { continue }
                user = try UserRow.user(first)
                for row in rows { if let factor = try factorRow.factor(row) { factors.append(factor) } }
            case .prompt: prompt = try SignInRow.signIn(first)
            case .signIn: signIn = try SignInRow.signIn(first)
            case .activation: activation = try ActivationRow.activation(first)
            case .guesses: if let guessBucket { guesses = try ActivationRow.guesses(rows, bucket: guessBucket) }
            case .bypasses: bypassesIssued = Int(try first.integer("issued"))
            case .defaults: defaults = try NewPersonStatements.defaults(first)
            case .ticket: ticket = try TicketRow.ticket(first)
            case .kept:
                kept = PersonFound.Kept(
                    requestHash: try first.bytes("request_hash"), status: Int(try first.integer("status")),
                    sealedBody: try first.optionalBytes("sealed_body"), keyID: try first.optionalInteger("key_id"))
            }
        }
        guard let now else { throw PostgresError(.decoding, "the person's read brought no row") }
        // The name changed hands while its lock was waited for: what was read is not what is locked.
        if let user, user.id != locked {
            throw PostgresError(.statement(sqlState: "40001"), "the person read is not the one locked")
        }
        return PersonFound(
            personCase: PersonCase(
                user: user, factors: factors, pendingPrompt: prompt, signIn: signIn, activation: activation,
                activationGuesses: guesses, ticket: ticket, bypassesIssued: bypassesIssued,
                newPersonDefaults: defaults, now: now),
            transactionID: transactionID, policyVersion: policyVersion, kept: kept)
    }
}

/// What the first round trip of a decision found.
struct PersonFound {
    /// An answer kept under the caller's Idempotency-Key.
    struct Kept {
        let requestHash: [UInt8]
        let status: Int
        let sealedBody: [UInt8]?
        let keyID: Int64?
    }

    var personCase: PersonCase
    let transactionID: String
    /// The version that holds now.
    let policyVersion: Int64
    let kept: Kept?

    var factorsBefore: [FactorID: Factor] {
        Dictionary(personCase.factors.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    static func place(of mark: IdempotencyMark, account: String) -> SealPlace {
        SealPlace(
            purpose: "kept-answer", table: "core.idempotency", row: Hex.encode(mark.keyHash), owner: account,
            secretVersion: 1)
    }

    /// The kept answer for the same request, opened.
    func keptAnswer(for caller: Caller, keyring: Keyring) throws -> (status: Int, body: [UInt8])? {
        guard let kept, let mark = caller.idempotency else { return nil }
        guard ConstantTime.equal(kept.requestHash, mark.requestHash) else {
            throw Refusal(.idempotencyMismatch, reason: "the key came with another request before")
        }
        guard let sealed = kept.sealedBody, let keyID = kept.keyID else {
            throw Refusal(.alreadyDone, reason: "the one-time answer is not kept any more")
        }
        let body = try keyring.open(sealed, keyID: keyID, at: Self.place(of: mark, account: caller.account))
        return (kept.status, body.withBytes { $0 })
    }
}

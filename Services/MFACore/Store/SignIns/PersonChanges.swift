// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Postgres
import Primitives

/// The statements that write what rules decided: rare ones one by one, the common ones in a single last statement.
struct PersonChanges {
    /// In the order in which the rules noted them.
    private(set) var single: [(Statement, [PostgresValue])] = []
    private var factors: [FactorID: Factor] = [:]
    private var signIns: [SignIn] = []
    private var audit: [AuditRow] = []
    /// Sign-ins that were pending before and are not any more: somebody may be waiting for them.
    private(set) var decided: [SignIn] = []

    private let rows: FactorRow
    private let instance: String

    init(keyring: Keyring, instance: String) {
        rows = FactorRow(keyring: keyring)
        self.instance = instance
    }

    /// Takes over what a rule left in `personCase`.
    mutating func add(_ personCase: PersonCase, caller: Caller) throws(SealingError) {
        for change in personCase.changes { try add(change) }
        audit += personCase.audit.map { AuditRow($0, caller: caller, instance: instance) }
    }

    private mutating func add(_ change: PersonChange) throws(SealingError) {
        switch change {
        case .insertUser(let user): single.append((UserStatements.insert, UserRow.insertValues(user)))
        case .updateUser(let user): single.append((UserStatements.update, UserRow.updateValues(user)))
        case .deleteUser(let id): single.append((UserStatements.delete, [.id(id)]))
        case .insertFactor(let factor, let secret):
            single.append((FactorStatements.insert, try rows.insertValues(factor, secret: secret)))
        case .updateFactor(let factor): factors[factor.id] = factor
        case .deleteFactor(let id): single.append((FactorStatements.delete, [.id(id)]))
        case .spendRecoveryCode(let id, let hash):
            single.append((FactorStatements.spendRecoveryCode, [.id(id), .bytes(hash)]))
        case .insertSignIn(let signIn): signIns.append(signIn)
        case .updateSignIn(let signIn):
            single.append((SignInStatements.update, SignInRow.updateValues(signIn)))
            if signIn.state != .pending { decided.append(signIn) }
        case .markTicketIssued(let id, let at):
            single.append((SignInStatements.markTicketIssued, [.id(id), .instant(at)]))
        case .insertActivation(let activation):
            single.append(
                (
                    ActivationStatements.insert,
                    [
                        .id(activation.id), .id(activation.userID), .bytes(activation.secretHash),
                        .bytes(activation.codeHash), .instant(activation.createdAt), .instant(activation.expiresAt),
                    ]
                ))
        case .useActivation(let id, let device): single.append((ActivationStatements.use, [.id(id), .id(device)]))
        case .voidActivations(let user): single.append((ActivationStatements.void, [.id(user)]))
        case .countActivation(let attempt): single += ActivationRow.counting(attempt)
        case .raiseActivationAlarm: single.append(ActivationRow.alarm)
        case .countBypass(let administrator, let limit):
            single.append((BypassStatements.count, [.text(administrator), .integer(limit)]))
        case .spendNonce(let nonce, let expiresAt):
            single.append((FactorStatements.spendNonce, [.bytes(nonce), .instant(expiresAt)]))
        case .insertTicket(let ticket):
            single.append(
                (
                    TicketStatements.insert,
                    [
                        .bytes(ticket.hash), .id(ticket.userID), .text(ticket.account),
                        .text(ticket.factorKind.rawValue), .instant(ticket.provedAt), .instant(ticket.createdAt),
                    ]
                ))
        case .touchTicket(let hash): single.append((TicketStatements.touch, [.bytes(hash)]))
        case .endTickets(let user): single.append((TicketStatements.endAll, [.id(user)]))
        case .endTicket(let hash): single.append((TicketStatements.end, [.bytes(hash)]))
        }
    }

    /// All sign-ins that are decided by these changes, those included that were never pending.
    var settled: [SignIn] { decided + signIns.filter { $0.state != .pending } }

    /// The names of all audit events.
    var events: [String] { audit.map(\.event) }

    /// Whether there is nothing to write at all.
    var isEmpty: Bool { single.isEmpty && factors.isEmpty && signIns.isEmpty && audit.isEmpty }

    /// Parameters of ``SignInStatements/writeBatch``.
    ///
    /// - Parameter before: the factors as they were read, to tell which of them spent a step.
    func batchValues(before: [FactorID: Factor]) -> [PostgresValue] {
        let changed = factors.values.sorted { $0.id < $1.id }
        let advances = changed.map { factor in
            let now = factor.oneTimePassword?.lastStep
            return now != nil && now != before[factor.id]?.oneTimePassword?.lastStep
        }
        let factorArrays: [PostgresValue] = [
            .ids(changed.map(\.id)), .integers(changed.map { $0.oneTimePassword?.lastStep }),
            .integers(changed.map { Int64($0.budget.failures) }), .instants(changed.map(\.budget.delayedUntil)),
            .texts(changed.map(\.state.rawValue)), .integers(changed.map { $0.oneTimePassword?.stepOffset ?? 0 }),
            .integers(changed.map { $0.oneTimePassword?.resyncStep }), .instants(changed.map(\.lastUsedAt)),
            .texts(changed.map { $0.device?.pushAddress }), .booleans(advances),
        ]
        return factorArrays + SignInRow.insertArrays(signIns) + [
            .json(AuditRow.json(audit)), .integer(changed.count), .integer(signIns.count), .integer(audit.count),
        ]
    }
}

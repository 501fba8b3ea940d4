// SPDX-License-Identifier: Apache-2.0
import MFAAPI
import MFACoreStore
import Primitives

/// A row of the audit as reports show it.
struct ReportedAuditRow: Encodable {
    struct Link: Encodable {
        let seq: Int64
        let hash: String
    }

    let row: AuditRowResponse
    /// Only where one row is shown.
    let transaction: String?
    let link: Link?
    /// Why the sign-in was decided as it was.
    let policy: KeptExplanation?

    init(
        _ record: AuditRecord, transaction: String? = nil, link: AuditLink? = nil, policy: KeptExplanation? = nil
    ) {
        row = AuditRowResponse(record)
        self.transaction = transaction
        self.link = link.map { Link(seq: $0.seq, hash: Hex.encode($0.hash)) }
        self.policy = policy
    }

    private enum CodingKeys: CodingKey {
        case transaction, link, policy
    }

    /// One object: the row as the contract has it, and beside it what only a command tells.
    func encode(to encoder: any Encoder) throws {
        try row.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(transaction, forKey: .transaction)
        try container.encodeIfPresent(link, forKey: .link)
        try container.encodeIfPresent(policy, forKey: .policy)
    }

    private var facts: [String] { row.detail.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" } }

    /// Each field that was changed, what it was and what it is.
    private var changes: [(field: String, before: String?, after: String?)] {
        (row.changes ?? [:]).sorted { $0.key < $1.key }.map { field, pair in
            (field, pair.first.flatMap { $0?.description }, pair.dropFirst().first.flatMap { $0?.description })
        }
    }

    /// What a person needs beside time, event and outcome; of something new all fields are new.
    var about: String {
        let changed = changes.filter { $0.before != nil }.map { $0.field }
        var parts = [row.userGiven ?? row.userId, row.reason].compactMap { $0 } + facts
        if !changed.isEmpty { parts.append("changed=\(changed.joined(separator: ","))") }
        return parts.joined(separator: " ")
    }

    private var callResultText: String? {
        row.callResult.map { result in (result.number.map { "\($0) " } ?? "") + result.name }
    }

    /// Every column that has a value, for one row on a terminal.
    var allFacts: [(String, String?)] {
        let columns: [(String, String?)] = [
            ("id", String(row.id)), ("at", row.at.description), ("event", row.event), ("outcome", row.outcome),
            ("reason", row.reason), ("call result", callResultText), ("front end", row.frontEnd),
            ("actor", row.actor), ("peer", row.peer), ("application", row.application),
            ("client address", row.clientAddress), ("user given", row.userGiven), ("user", row.userId),
            ("factor", row.factorId), ("factor kind", row.factorKind), ("sign-in", row.signInId),
            ("request", row.requestId), ("instance", row.instance), ("transaction", transaction),
            ("link", link.map { String($0.seq) } ?? "none yet"), ("hash", link?.hash),
        ]
        let details: [(String, String?)] = row.detail.sorted { $0.key < $1.key }.map { ("detail \($0.key)", $0.value) }
        let changed: [(String, String?)] = changes.map { ("changed \($0.field)", Self.arrow($0)) }
        return columns + details + changed
    }

    private static func arrow(_ change: (field: String, before: String?, after: String?)) -> String {
        "\(change.before ?? "none") → \(change.after ?? "none")"
    }

    /// The columns of a CSV file, and this row's values for them.
    static let csvColumns = [
        "id", "at", "event", "outcome", "reason", "callResult", "frontEnd", "actor", "peer", "application",
        "clientAddress", "userGiven", "userId", "factorId", "factorKind", "signInId", "requestId", "instance", "detail",
        "changes",
    ]

    var csvValues: [String?] {
        [
            String(row.id), row.at.description, row.event, row.outcome, row.reason, callResultText, row.frontEnd,
            row.actor, row.peer, row.application, row.clientAddress, row.userGiven, row.userId, row.factorId,
            row.factorKind, row.signInId, row.requestId, row.instance, facts.joined(separator: " "),
            changes.map { "\($0.field): \(Self.arrow($0))" }.joined(separator: "; "),
        ]
    }
}

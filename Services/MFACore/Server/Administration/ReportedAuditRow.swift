// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFACoreStore
import MFADomain
import Primitives

/// A row of the audit as reports show it.
struct ReportedAuditRow: Encodable {
    struct Result: Encodable {
        let number: Int?
        let name: String
    }

    struct Link: Encodable {
        let seq: Int64
        let hash: String
    }

    let id: Int64
    let at: Instant
    let event: String
    let outcome: String
    let reason: String?
    /// In the predecessor's terms, for rows about sign-ins.
    let callResult: Result?
    let frontEnd: String
    let actor: String
    let peer: String?
    let application: String?
    let clientAddress: String?
    let userGiven: String?
    let userId: String?
    let factorId: String?
    let factorKind: String?
    let signInId: String?
    let requestId: String?
    let instance: String?
    let detail: [String: String]
    /// Only where one row is shown.
    let transaction: String?
    let link: Link?

    init(_ record: AuditRecord, transaction: String? = nil, link: AuditLink? = nil) {
        id = record.id
        at = record.at
        event = record.event
        outcome = record.outcome
        reason = record.reason
        callResult = CallResult(event: record.event, reason: record.reason).map {
            Result(number: $0.number, name: $0.name)
        }
        frontEnd = record.frontEnd
        actor = record.actor
        peer = record.peer
        application = record.application
        clientAddress = record.clientAddress
        userGiven = record.userGiven
        userId = record.userID?.description
        factorId = record.factorID?.description
        factorKind = record.factorKind
        signInId = record.signInID?.description
        requestId = record.requestID
        instance = record.instance
        detail = (try? JSONDecoder().decode([String: String].self, from: Data(record.detail.utf8))) ?? [:]
        self.transaction = transaction
        self.link = link.map { Link(seq: $0.seq, hash: Hex.encode($0.hash)) }
    }

    private var facts: [String] { detail.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" } }

    /// What a person needs beside time, event and outcome.
    var about: String { ([userGiven ?? userId, reason] + facts).compactMap { $0 }.joined(separator: " ") }

    private var callResultText: String? {
        callResult.map { result in (result.number.map { "\($0) " } ?? "") + result.name }
    }

    /// Every column that has a value, for one row on a terminal.
    var allFacts: [(String, String?)] {
        [
            ("id", String(id)), ("at", at.description), ("event", event), ("outcome", outcome), ("reason", reason),
            ("call result", callResultText), ("front end", frontEnd), ("actor", actor), ("peer", peer),
            ("application", application), ("client address", clientAddress), ("user given", userGiven),
            ("user", userId), ("factor", factorId), ("factor kind", factorKind), ("sign-in", signInId),
            ("request", requestId), ("instance", instance), ("transaction", transaction),
            ("link", link.map { String($0.seq) } ?? "none yet"), ("hash", link?.hash),
        ] + detail.sorted { $0.key < $1.key }.map { ("detail \($0.key)", $0.value) }
    }

    /// The columns of a CSV file, and this row's values for them.
    static let csvColumns = [
        "id", "at", "event", "outcome", "reason", "callResult", "frontEnd", "actor", "peer", "application",
        "clientAddress", "userGiven", "userId", "factorId", "factorKind", "signInId", "requestId", "instance", "detail",
    ]

    var csvValues: [String?] {
        [
            String(id), at.description, event, outcome, reason, callResultText, frontEnd, actor, peer, application,
            clientAddress, userGiven, userId, factorId, factorKind, signInId, requestId, instance,
            facts.joined(separator: " "),
        ]
    }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFACoreStore
import MFADomain
import Postgres
import Primitives

/// What `audit list` does; it needs no key.
package enum AuditAdministration {
    /// Rows in one list at most.
    private static let listMax = 1000

    private struct ReportedRecord: Encodable {
        let id: Int64
        let at: Instant
        let event: String
        let outcome: String
        let reason: String?
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

        init(_ record: AuditRecord) {
            id = record.id
            at = record.at
            event = record.event
            outcome = record.outcome
            reason = record.reason
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
        }

        /// What a person needs beside time, event and outcome.
        var about: String {
            let facts = detail.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            return ([userGiven ?? userId, reason] + facts).compactMap { $0 }.joined(separator: " ")
        }
    }

    /// The latest rows first.
    ///
    /// - Parameters:
    ///   - user: a name, or an id where the user is removed.
    ///   - before: continues a list: only rows with lower ids.
    package static func list(
        user: String?, event: String?, before: Int64?, limit: Int, _ options: CommandOptions
    ) async throws -> CommandReport {
        guard (1...listMax).contains(limit) else { throw CommandFault.usage("--limit: expected 1 to \(listMax).") }
        var settings = try CommandSettings(options)
        let (database, domains) = (settings.database(), settings.domains())
        try settings.requireSound()
        return try await PostgresClient.withClient(database, logger: CommandDatabase.logger) { client in
            let reader = PostgresAuditReader(client: client)
            var userID: UserID?
            if let user {
                userID = UserID(user)
                if userID == nil, let name = CanonicalName(user, domains: domains) {
                    userID = try await reader.userID(named: name.text)
                }
                guard userID != nil else {
                    throw CommandFault.refused("There is no user “\(user)”; a removed one is named by id.")
                }
            }
            let records = try await reader.list(before: before, user: userID, event: event, limit: limit + 1)
            let items = records.prefix(limit).map { ReportedRecord($0) }
            let next = records.count > limit ? items.last.map { String($0.id) } : nil
            var table = TextTable(["ID", "AT", "EVENT", "OUTCOME", "ACTOR", "ABOUT"])
            for item in items {
                table.add([
                    String(item.id), item.at.description, item.event, item.outcome, item.actor, item.about,
                ])
            }
            let more = next.map { "More: --before \($0)\n" } ?? ""
            return try CommandReport(
                table.text(empty: "There is no such row.") + more, document: ReportedItems(items, next: next))
        }
    }
}

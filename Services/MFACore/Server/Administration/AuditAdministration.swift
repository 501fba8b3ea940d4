// SPDX-License-Identifier: Apache-2.0
import MFAAPI
import MFACoreStore
import MFADomain
import Postgres
import Primitives

/// What `audit list` and `audit show` do; they need no key.
package enum AuditAdministration {
    /// Rows in one list at most.
    private static let listMax = 1000

    /// Which rows are asked for, as it was typed.
    package struct Query: Sendable {
        /// A name, or an id where the user is removed.
        package var user: String?
        package var event: String?
        package var outcome: String?
        package var reason: String?
        package var application: String?
        package var actor: String?
        package var frontEnd: String?
        package var signIn: String?
        package var since: String?
        package var until: String?
        /// Continues a list: only rows with lower ids.
        package var before: Int64?
        package var limit = 50

        package init() {}
    }

    /// The latest rows first.
    package static func list(_ query: Query, _ options: CommandOptions) async throws -> CommandReport {
        guard (1...listMax).contains(query.limit) else {
            throw CommandFault.usage("--limit: expected 1 to \(listMax).")
        }
        var filter = try Self.filter(query)
        var settings = try CommandSettings(options)
        let (database, domains) = (settings.database(), settings.domains())
        try settings.requireSound()
        return try await PostgresClient.withClient(database, logger: CommandDatabase.logger) { client in
            let reader = PostgresAuditReader(client: client)
            if let user = query.user { filter.user = try await userID(user, domains, reader) }
            let records = try await reader.list(filter, before: query.before, limit: query.limit + 1)
            let items = records.prefix(query.limit).map { ReportedAuditRow($0) }
            return try report(items, next: records.count > query.limit ? items.last.map { String($0.row.id) } : nil)
        }
    }

    /// One whole row, its place in the chain, and the line of the policy that decided.
    package static func show(_ id: Int64, _ options: CommandOptions) async throws -> CommandReport {
        try await CommandDatabase.run(options) { client in
            guard let (record, transaction, link) = try await PostgresAuditReader(client: client).show(id) else {
                throw CommandFault.refused("There is no row \(id) in the audit.")
            }
            let policy = try await explanation(of: record, client)
            let row = ReportedAuditRow(record, transaction: transaction, link: link, policy: policy)
            return try CommandReport(TextTable.facts(row.allFacts) + (policy?.text ?? ""), document: row)
        }
    }

    /// What the sign-in of a row keeps of the policy. Nil for other rows, and for a login that reads the audit and no
    /// sign-ins: to that the row itself says which version and line it was.
    private static func explanation(
        of record: AuditRecord, _ client: PostgresClient
    ) async throws -> KeptExplanation? {
        guard let signIn = record.signInID else { return nil }
        do {
            guard let kept = try await PostgresAuditReader(client: client).explanation(of: signIn) else { return nil }
            return KeptExplanation(kept, document: try await document(kept.version, client))
        } catch let error as PostgresError where error.isPrivilegeMissing {
            return nil
        }
    }

    /// A version of the policy; nil where it is of a program that knows more than this one, which is no reason to show
    /// less of the audit.
    private static func document(_ version: Int64, _ client: PostgresClient) async throws -> PolicyDocument? {
        do {
            return try await PostgresPolicyStore(client: client, instance: CommandLineCaller.host).read(version).policy
                .document
        } catch is UnreadablePolicy {
            return nil
        } catch let refusal as Refusal where refusal.code == .notFound {
            return nil
        }
    }

    private static func filter(_ query: Query) throws -> AuditFilter {
        var filter = AuditFilter()
        filter.event = query.event
        filter.outcome = query.outcome
        filter.reason = query.reason
        filter.application = query.application
        filter.actor = query.actor
        filter.frontEnd = query.frontEnd
        filter.since = try query.since.map { try time($0, "--since") }
        filter.until = try query.until.map { try time($0, "--until") }
        if let signIn = query.signIn {
            guard let id = SignInID(signIn) else { throw CommandFault.usage("--sign-in: “\(signIn)” is no id.") }
            filter.signIn = id
        }
        return filter
    }

    private static func time(_ text: String, _ option: String) throws -> Instant {
        guard let instant = AuditTime.parse(text, now: WallClock.now()) else {
            throw CommandFault.usage(
                "\(option): expected a time such as 2026-01-02T03:04:05Z, a day such as 2026-01-02, or how long ago, such "
                    + "as 90m, 24h or 7d.")
        }
        return instant
    }

    private static func userID(
        _ user: String, _ domains: IdentityDomains, _ reader: PostgresAuditReader
    ) async throws -> UserID {
        if let id = UserID(user) { return id }
        do {
            if let name = CanonicalName(user, domains: domains), let id = try await reader.userID(named: name.text) {
                return id
            }
        } catch {
            guard error.isPrivilegeMissing else { throw error }
            throw CommandFault.refused(
                "This database login reads the audit and no users; give the id of “\(user)”, which its rows show.")
        }
        throw CommandFault.refused("There is no user “\(user)”; a removed one is named by id.")
    }

    private static func report(_ items: [ReportedAuditRow], next: String?) throws -> CommandReport {
        var table = TextTable(["ID", "AT", "EVENT", "OUTCOME", "ACTOR", "ABOUT"])
        for item in items {
            table.add([
                String(item.row.id), item.row.at.description, item.row.event, item.row.outcome, item.row.actor,
                item.about,
            ])
        }
        let more = next.map { "More: --before \($0)\n" } ?? ""
        return try CommandReport(
            table.text(empty: "There is no such row.") + more, document: ReportedItems(items, next: next),
            csv: CSVText.text(ReportedAuditRow.csvColumns, rows: items.map(\.csvValues)))
    }
}

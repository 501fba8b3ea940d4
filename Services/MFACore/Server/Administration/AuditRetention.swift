// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain
import Postgres
package import Primitives

/// What `audit retention` does: with the signer's database role and key, neither of which mfa-core has.
package enum AuditRetention {
    private struct ReportedRetention: Encodable {
        /// Null when nothing is ever cut off.
        let keptFrom: Instant?
        /// Rows that went, and older ones that stay; what would go when it was only tried.
        let rows: Int64
        let kept: Int64
        /// The link behind which the chain begins now; null when nothing was cut off.
        let after: Int64?
        let partitions: [String]
        /// Links that were removed, those that an earlier run had left among them.
        let links: Int64
        let dryRun: Bool
    }

    /// How it was typed.
    package struct Order: Sendable {
        /// The signer's key.
        package var key: String
        /// The checkpoints that the signer kept outside of the database.
        package var checkpoints: String
        /// Those who signed before the signer's key was replaced.
        package var publicKeys: [String] = []
        /// How many whole months are kept; nil for what the configuration says.
        package var months: Int?
        package var isTrial = false

        package init(key: String, checkpoints: String) {
            self.key = key
            self.checkpoints = checkpoints
        }
    }

    /// Links between two lines about how far it is.
    private static let progressStep: Int64 = 100_000

    /// Cuts off what is older than what is to be kept.
    ///
    /// - Parameters:
    ///   - now: this host's time of day; tests pass their own.
    ///   - confirm: asks before anything is dropped; throws when the answer is no.
    ///   - progress: is told now and then how far it is, in a line.
    package static func cutOff(
        _ order: Order, _ options: CommandOptions, now: Instant = WallClock.now(),
        confirm: (String) throws -> Void = { _ in }, progress: (String) -> Void = { _ in }
    ) async throws -> CommandReport {
        var settings = try CommandSettings(options)
        let (database, configured) = (settings.database(), settings.auditRetentionMonths())
        try settings.requireSound()
        let months = order.months ?? configured
        guard (0...RuleConfiguration.auditRetentionMax).contains(months) else {
            throw CommandFault.usage("--months: expected 1 to \(RuleConfiguration.auditRetentionMax).")
        }
        guard months > 0 else {
            return try CommandReport(
                "All of the audit is kept: audit.retentionMonths is 0, and there was no --months.\n",
                document: ReportedRetention(
                    keptFrom: nil, rows: 0, kept: 0, after: nil, partitions: [], links: 0, dryRun: order.isTrial))
        }
        let key = try CheckpointKeyFile.load(order.key)
        let former = try order.publicKeys.map { try CheckpointKeyFile.loadPublic($0) }
        if !order.isTrial {
            try confirm("Drop what the audit holds of the time before the last \(months) whole months, for good?")
        }
        let actor = PostgresAuditRetention.Actor(name: CommandLineCaller.current.account, host: CommandLineCaller.host)
        return try await PostgresClient.withClient(database, logger: CommandDatabase.logger) { client in
            let retention = PostgresAuditRetention(client: client)
            var told: Int64 = 0
            do {
                let outcome = try await retention.cutOff(
                    months: months, at: now, key: key, former: former,
                    checkpoints: CheckpointFile(path: order.checkpoints), by: actor, isTrial: order.isTrial,
                    report: { links in
                        guard links >= told + progressStep else { return }
                        told = links
                        progress("Looked at link \(links).")
                    })
                let links =
                    order.isTrial ? 0 : try await retention.forgetLinks { progress("Removed \($0) links.") }
                return try report(outcome, links: links, isTrial: order.isTrial)
            } catch SigningError.fault(let fault) {
                throw CommandFault.refused(
                    "The audit is not whole, and nothing was cut off. \(fault.sentence) See mfa-core audit verify.")
            }
        }
    }

    private static func report(
        _ outcome: PostgresAuditRetention.Outcome, links: Int64, isTrial: Bool
    ) throws -> CommandReport {
        let partitions = outcome.partitions.split(separator: " ").map { String($0) }
        var text = "Nothing is older than \(outcome.keptFrom).\n"
        if let cut = outcome.cut {
            text =
                isTrial
                ? "\(outcome.rows) rows before \(outcome.keptFrom) would go, and the chain would begin behind link "
                    + "\(cut.seq). Nothing was changed.\n"
                : "Dropped \(outcome.rows) rows before \(outcome.keptFrom) (\(partitions.count) partitions).\n"
                    + "The chain begins behind link \(cut.seq), as key \(cut.keyName) has signed.\n"
            if outcome.kept > 0 {
                text += "\(outcome.kept) older rows stay, since their links stand behind that.\n"
            }
        }
        if links > 0 { text += "Removed \(links) links.\n" }
        return try CommandReport(
            text,
            document: ReportedRetention(
                keptFrom: outcome.keptFrom, rows: outcome.rows, kept: outcome.kept, after: outcome.cut?.seq,
                partitions: partitions, links: links, dryRun: isTrial))
    }
}

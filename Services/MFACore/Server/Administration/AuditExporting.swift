// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import Primitives

/// What `audit export` does; it needs no key.
package enum AuditExporting {
    private struct ReportedExport: Encodable {
        let file: String
        /// The link behind which it begins, and its last one.
        let after: Int64
        let links: Int64
        let hash: String
        let checkpoints: Int64
    }

    /// Links between two lines about how far it is.
    private static let progressStep: Int64 = 100_000

    /// Writes rows, links and checkpoints to a new file.
    ///
    /// - Parameters:
    ///   - after: the link behind which it begins; 0 for all of the chain.
    ///   - progress: is told now and then how far it is, in a line.
    package static func export(
        to path: String, after: Int64 = 0, _ options: CommandOptions, progress: (String) -> Void = { _ in }
    ) async throws -> CommandReport {
        guard after >= 0 else { throw CommandFault.usage("--after: expected the number of a link, such as 812000.") }
        return try await CommandDatabase.run(options) { client in
            var file = try NewFile(path)
            defer { file.discard() }
            var told = after
            let outcome = try await PostgresAuditExport(client: client).export(
                after: after, at: WallClock.now(), to: { try file.write($0) },
                report: { links, all in
                    guard links >= told + progressStep else { return }
                    told = links
                    progress("Wrote link \(links) of \(all).")
                })
            try file.finish()
            return try report(outcome, path)
        }
    }

    private static func report(_ outcome: PostgresAuditExport.Outcome, _ path: String) throws -> CommandReport {
        let after = outcome.after
        let links = outcome.links == after ? "no link" : "links \(after + 1) to \(outcome.links)"
        let name = TerminalText.clean(path)
        return try CommandReport(
            "Wrote \(links) and \(outcome.checkpoints) checkpoints to “\(name)”, for its owner alone.\n"
                + "It is checked without a database: mfa-core audit verify --file '\(name)' --public-key FILE\n",
            document: ReportedExport(
                file: path, after: after, links: outcome.links, hash: Hex.encode(outcome.hash),
                checkpoints: outcome.checkpoints))
    }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFACoreStore
import MFADomain
import Postgres
import Primitives

/// What the commands of `policy` do.
package enum PolicyAdministration {
    /// Versions in one list at most.
    private static let listMax = 1_000
    /// People read at a time.
    private static let pageSize = 500

    /// Reads a file and says whether it could be applied; needs no database.
    package static func check(_ path: String, _ options: CommandOptions) async throws -> CommandReport {
        var settings = try CommandSettings(options)
        let domains = settings.domains()
        try settings.requireSound()
        let (document, _) = try read(path, domains)
        return try CommandReport(
            "The policy is sound: \(count(document)).\n",
            document: ReportedAct(name: path, state: "sound"))
    }

    /// Makes a file the policy, or only says what that would change.
    package static func apply(
        _ path: String, comment: String, dryRun: Bool, _ options: CommandOptions
    ) async throws -> CommandReport {
        let comment = try UserFields.text(comment, "--comment", max: 200) ?? ""
        return try await run(options) { store, settings in
            let (document, source) = try read(path, settings.domains)
            return try await change(to: document, source: source, comment: comment, dryRun: dryRun, store, settings)
        }
    }

    /// Brings an earlier version back, as a new one.
    package static func revert(
        to version: Int64, comment: String, dryRun: Bool, _ options: CommandOptions
    ) async throws -> CommandReport {
        let comment = try UserFields.text(comment, "--comment", max: 200) ?? ""
        return try await run(options) { store, settings in
            let earlier = try await store.read(version)
            return try await change(
                to: earlier.policy.document, source: earlier.source, comment: comment, reverts: version,
                dryRun: dryRun, store, settings)
        }
    }

    /// Versions, the latest first.
    package static func history(
        before: Int64?, limit: Int, _ options: CommandOptions
    ) async throws -> CommandReport {
        guard (1...listMax).contains(limit) else { throw CommandFault.usage("--limit: expected 1 to \(listMax).") }
        return try await run(options) { store, _ in
            let versions = try await store.list(before: before, limit: limit + 1)
            let items = versions.prefix(limit).map { ReportedVersion($0) }
            let next = versions.count > limit ? items.last.map { String($0.version) } : nil
            var table = TextTable(["VERSION", "AT", "BY", "BRINGS BACK", "COMMENT"])
            for item in items {
                table.add([
                    String(item.version), item.createdAt.description, item.createdBy, item.reverts.map { String($0) },
                    item.comment,
                ])
            }
            let more = next.map { "More: --before \($0)\n" } ?? ""
            return try CommandReport(
                table.text(empty: "Nobody has written a policy; the built-in one holds.") + more,
                document: ReportedItems(items, next: next))
        }
    }

    /// The file that a version was made from.
    package static func show(_ version: Int64?, _ options: CommandOptions) async throws -> CommandReport {
        try await run(options) { store, _ in
            let current = try await store.current().version
            guard let version = version ?? (current > 0 ? current : nil) else {
                throw CommandFault.refused("Nobody has written a policy; the built-in one holds.")
            }
            let found = try await store.read(version)
            let ending = found.source.hasSuffix("\n") ? "" : "\n"
            return try CommandReport(
                found.source + ending,
                document: ReportedSource(version: version, holds: version == current, source: found.source))
        }
    }

    private struct ReportedVersion: Encodable {
        let version: Int64
        let comment: String
        let reverts: Int64?
        let createdBy: String
        let createdAt: Instant

        init(_ version: PolicyVersion) {
            self.version = version.version
            comment = version.comment
            reverts = version.reverts
            createdBy = version.createdBy
            createdAt = version.createdAt
        }
    }

    private struct ReportedSource: Encodable {
        let version: Int64
        let holds: Bool
        let source: String
    }

    private struct ReportedChange: Encodable {
        /// The version that holds now.
        let version: Int64
        /// `applied`, `unchanged` or `not-applied`.
        let state: String
        let people: Int
        let affected: Int
        let changes: [PolicyImpact.Change]
    }

    /// What the commands need to know of the configuration.
    struct Settings: Sendable {
        let domains: IdentityDomains
        let signIns: SignInSettings
    }

    static func run(
        _ options: CommandOptions, _ body: (PostgresPolicyStore, Settings) async throws -> CommandReport
    ) async throws -> CommandReport {
        var settings = try CommandSettings(options)
        let (database, rules) = (settings.database(), settings.rules())
        try settings.requireSound()
        return try await PostgresClient.withClient(database, logger: CommandDatabase.logger) { client in
            try await body(
                PostgresPolicyStore(client: client, instance: CommandLineCaller.host),
                Settings(domains: rules.domains, signIns: rules.signIns))
        }
    }

    private static func read(
        _ path: String, _ domains: IdentityDomains
    ) throws -> (document: PolicyDocument, source: String) {
        let data: Data
        do {
            let file = path == "-" ? FileHandle.standardInput : try FileHandle(forReadingFrom: URL(filePath: path))
            data = try file.read(upToCount: PolicyFile.bytesMax + 1) ?? Data()
        } catch {
            throw CommandFault.refused("The file “\(path)” cannot be read.")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw CommandFault.refused("The file “\(path)” is not UTF-8.")
        }
        let (document, faults) = PolicyFile.read(text, domains: domains)
        guard faults.isEmpty else {
            let count = faults.count == 1 ? "one fault" : "\(faults.count) faults"
            throw CommandFault.refused(faults.map(\.description) + ["The policy has \(count); nothing was changed."])
        }
        return (document, text)
    }

    private static func change(
        to document: PolicyDocument, source: String, comment: String, reverts: Int64? = nil, dryRun: Bool,
        _ store: PostgresPolicyStore, _ settings: Settings
    ) async throws -> CommandReport {
        let current = try await store.current()
        if document == current.document, current.version > 0 {
            return try CommandReport(
                "Nothing changes: version \(current.version) says the same.\n",
                document: ReportedChange(
                    version: current.version, state: "unchanged", people: 0, affected: 0, changes: []))
        }
        try await requirePeople(of: document, store)
        let next = try Policy(version: current.version + 1, document, zones: SystemTimeZones.shared)
        let impact = try await impact(from: current, to: next, store, settings)
        var version = current.version
        if !dryRun {
            version = try await store.apply(
                document, source: source, comment: comment, base: current.version, reverts: reverts,
                caller: CommandLineCaller.current)
        }
        let end =
            dryRun
            ? "Nothing was changed. Without --dry-run this becomes version \(next.version).\n"
            : "Version \(version) holds from the next sign-in on.\n"
        let whom =
            impact.peopleAffected == 0
            ? "Nobody meets anything new, of \(PolicyWords.people(impact.peopleSeen)).\n"
            : "\(PolicyWords.people(impact.peopleAffected)) of \(impact.peopleSeen) will meet something new:\n"
        let changes = impact.sentences.map { "  \(TerminalText.clean($0))\n" }.joined()
        return try CommandReport(
            whom + changes + end,
            document: ReportedChange(
                version: version, state: dryRun ? "not-applied" : "applied", people: impact.peopleSeen,
                affected: impact.peopleAffected, changes: impact.list))
    }

    /// A line for somebody who does not exist is a slip of the pen, and would never fit.
    private static func requirePeople(of document: PolicyDocument, _ store: PostgresPolicyStore) async throws {
        var sentences: [String] = []
        for line in document.lines {
            for name in line.conditions.users ?? [] {
                guard let canonical = CanonicalName(name, domains: IdentityDomains([])),
                    try await store.person(canonical) != nil
                else {
                    sentences.append("“\(line.name)”: there is no user “\(name)”.")
                    continue
                }
            }
        }
        guard sentences.isEmpty else { throw CommandFault.refused(sentences + ["Nothing was changed."]) }
    }

    private static func impact(
        from old: Policy, to new: Policy, _ store: PostgresPolicyStore, _ settings: Settings
    ) async throws -> PolicyImpact {
        var impact = PolicyImpact(
            from: old, to: new, applications: try await store.applications(), at: WallClock.now(),
            digits: settings.signIns.numberDigits)
        impact.add(nil, kinds: [])
        var last = ""
        while true {
            let people = try await store.people(after: last, limit: pageSize)
            for person in people { impact.add(person.user, kinds: person.kinds) }
            guard people.count == pageSize, let name = people.last?.user.canonicalName else { return impact }
            last = name
        }
    }

    private static func count(_ document: PolicyDocument) -> String {
        func number(_ count: Int, _ word: String) -> String { "\(count) \(word)\(count == 1 ? "" : "s")" }
        return "\(number(document.lines.count, "line")), \(number(document.networks.count, "network")), "
            + "\(number(document.hours.count, "set")) of hours"
    }
}

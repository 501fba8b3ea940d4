// SPDX-License-Identifier: Apache-2.0
package import MFADomain
package import Postgres
package import Primitives

/// One version of the policy, as it is kept.
package struct PolicyVersion: Sendable {
    package let version: Int64
    package let comment: String
    /// The version that it brought back.
    package let reverts: Int64?
    package let createdBy: String
    package let createdAt: Instant

    init(_ row: Row) throws(PostgresError) {
        version = try row.integer("version")
        comment = try row.text("comment")
        reverts = try row.optionalInteger("reverts")
        createdBy = try row.text("created_by")
        createdAt = try row.instant("created_at")
    }
}

/// Keeps every version of the policy; each new one and its audit row are one transaction.
package struct PostgresPolicyStore: Sendable {
    private let client: PostgresClient
    private let instance: String

    /// - Parameter instance: names this host in the audit.
    package init(client: PostgresClient, instance: String) {
        self.client = client
        self.instance = instance
    }

    /// The policy that holds now.
    package func current() async throws -> Policy {
        let version = try await client.query(PolicyStatements.readVersion).first?.integer("policy_version") ?? 0
        guard version > 0 else { return .builtIn }
        return try await read(version).policy
    }

    /// One version, and the text it was made from.
    ///
    /// - Throws: ``Refusal`` `notFound`; ``UnreadablePolicy``.
    package func read(_ version: Int64) async throws -> (policy: Policy, source: String, about: PolicyVersion) {
        guard let row = try await client.query(PolicyStatements.read, [.integer(version)]).first else {
            throw Refusal(.notFound, detail: "There is no version \(version) of the policy.", reason: "no such version")
        }
        let document = try PolicyRow.document(try row.text("document"), version: version)
        return (
            try Policy(version: version, document, zones: SystemTimeZones.shared), try row.text("source"),
            try PolicyVersion(row)
        )
    }

    /// Versions below `before`, the latest first.
    package func list(before: Int64? = nil, limit: Int) async throws -> [PolicyVersion] {
        try await client.query(PolicyStatements.list, [.integer(before), .integer(limit)]).map { try PolicyVersion($0) }
    }

    /// People by name after `name`, with the kinds of factors that a policy may ask them for.
    package func people(after name: String, limit: Int) async throws -> [(user: User, kinds: Set<FactorKind>)] {
        try await client.query(PolicyStatements.people, [.text(name), .integer(limit)]).map { try Self.person($0) }
    }

    /// One of them, with what is remembered of factors that could be proved now; nil where nobody has the name.
    package func person(_ name: CanonicalName) async throws -> (user: User, kinds: Set<FactorKind>)? {
        guard let row = try await client.query(PolicyStatements.person, [.text(name.text)]).first else { return nil }
        var person = try Self.person(row)
        let usable = Set(try row.texts("usable"))
        person.user.remembered.removeAll { !usable.contains($0.factorID.description) }
        return person
    }

    private static func person(_ row: Row) throws -> (user: User, kinds: Set<FactorKind>) {
        (try UserRow.user(row), Set(try row.texts("kinds").compactMap { FactorKind(rawValue: $0) }))
    }

    /// The applications that service accounts may name by themselves.
    package func applications() async throws -> [String] {
        try await client.query(PolicyStatements.applications).map { try $0.text("application") }
    }

    /// Makes `document` the policy that holds from the next decision on.
    ///
    /// - Parameters:
    ///   - base: the version that its author saw.
    ///   - reverts: the version that it brings back.
    /// - Throws: ``Refusal`` `conflict` when another version holds meanwhile.
    package func apply(
        _ document: PolicyDocument, source: String, comment: String, base: Int64, reverts: Int64? = nil, caller: Caller
    ) async throws -> Int64 {
        try await client.withTransaction { transaction in
            _ = try await transaction.query(PolicyStatements.lock)
            let present =
                try await transaction.query(PolicyStatements.readVersion).first?.integer("policy_version") ?? 0
            guard present == base else {
                throw Refusal(
                    .conflict,
                    detail: "Version \(present) of the policy holds meanwhile; look at it and apply yours again.",
                    reason: "version \(present) instead of \(base)")
            }
            let version = present + 1
            let before = try await Self.facts(of: present, transaction)
            let event = AuditEvent(
                reverts == nil ? "policy.applied" : "policy.reverted", outcome: "done",
                detail: [
                    "version": String(version), "before": String(present), "comment": comment,
                    "reverts": reverts.map { String($0) } ?? "",
                ].filter { !$0.value.isEmpty },
                changes: AuditChange.between(before, PolicyFacts.facts(of: document, source: source)))
            _ = try await transaction.batch([
                (
                    PolicyStatements.insert,
                    [
                        .integer(version), .text(PolicyRow.text(document)), .text(source), .text(comment),
                        .integer(reverts), .text(caller.account),
                    ]
                ),
                AuditStatements.appending([event], caller: caller, instance: instance),
            ])
            return version
        }
    }

    /// A version as the audit tells it; none of the built-in policy, and of one that this program cannot read what its
    /// text was.
    private static func facts(
        of version: Int64, _ transaction: Transaction
    ) async throws -> [String: AuditChange.Value] {
        guard version > 0, let row = try await transaction.query(PolicyStatements.read, [.integer(version)]).first
        else {
            return [:]
        }
        let document = try? PolicyRow.document(try row.text("document"), version: version)
        return PolicyFacts.facts(of: document ?? PolicyDocument(), source: try row.text("source"))
    }
}

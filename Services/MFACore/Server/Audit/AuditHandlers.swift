// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import Hummingbird
import MFAAPI
import MFACoreStore
import MFADomain
import Primitives
import Synchronization

/// The wire of the audit.
struct AuditHandlers: Sendable {
    let audit: PostgresAuditReader
    let people: PostgresUserDirectory
    let domains: IdentityDomains
    private let places: AuditPlaces

    /// Bytes of a page, roughly: one that would be longer ends earlier and says where it goes on.
    private static let pageBytesMax = 512 * 1024
    /// What a row takes beside its `detail`.
    private static let rowBytes = 1024

    /// - Parameter connections: for transactions; a quarter of them may be taken by readers of the audit at once.
    init(audit: PostgresAuditReader, people: PostgresUserDirectory, domains: IdentityDomains, connections: Int) {
        self.audit = audit
        self.people = people
        self.domains = domains
        places = AuditPlaces(max: max(1, connections / 4))
    }

    /// Rows, the latest first; an account that is bound to an application reads of that alone (R69).
    func list(_ call: InternalCall, query: [Substring: Substring]) async throws -> Response {
        let query = try AuditQuery(query)
        var filter = query.filter
        if let own = call.caller.boundApplication {
            guard filter.application ?? own == own else {
                throw Problem(
                    ErrorCode.forbidden, reason: "\(call.caller.account) asked for the audit of another application")
            }
            filter.application = own
        }
        if let user = query.user {
            guard let id = try await person(named: user) else {
                return try JSONBody.response(Page<AuditRowResponse>(items: [], next: nil))
            }
            filter.user = id
        }
        let records = try await places.run { [filter] in
            try await audit.page(filter, before: query.before, limit: query.limit + 1)
        }
        let shown = Self.beginning(of: records, limit: query.limit)
        let next = shown.count < records.count ? shown.last.map { AuditQuery.cursor(after: $0.id) } : nil
        return try JSONBody.response(Page(items: shown.map { AuditRowResponse($0) }, next: next))
    }

    /// Who is meant; a person who was removed is named by id.
    private func person(named user: String) async throws -> UserID? {
        if let id = UserID(user) { return id }
        guard let name = CanonicalName(user, domains: domains) else { return nil }
        return try await people.find(name)?.id
    }

    /// As many rows as were asked for and fit into a page, one at least.
    private static func beginning(of records: [AuditRecord], limit: Int) -> ArraySlice<AuditRecord> {
        var (count, bytes) = (0, 0)
        for record in records.prefix(limit) {
            bytes += record.detail.utf8.count + rowBytes
            if count > 0, bytes > pageBytesMax { break }
            count += 1
        }
        return records.prefix(count)
    }
}

/// Those who read the audit at once: each holds a connection that decisions need, too.
private final class AuditPlaces: Sendable {
    private let max: Int
    private let taken = Mutex(0)

    init(max: Int) {
        self.max = max
    }

    /// Runs `body`, or refuses at once where all places are taken.
    func run<Answer: Sendable>(_ body: () async throws -> Answer) async throws -> Answer {
        let isFree = taken.withLock { count in
            guard count < max else { return false }
            count += 1
            return true
        }
        guard isFree else {
            throw Refusal(
                .tooManyRequests, reason: "\(max) read the audit already", retryAfterSeconds: 1)
        }
        defer { taken.withLock { $0 -= 1 } }
        return try await body()
    }
}

// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain
import Primitives
import TestKit
import Testing

@Suite struct PostgresPolicyStoreTests {
    private let caller = Caller(account: "cli:tests", frontEnd: "cli")

    private func with(_ body: @escaping @Sendable (PostgresPolicyStore) async throws -> Void) async throws {
        try await withCoreDatabase { database in
            try await database.withClient { try await body(PostgresPolicyStore(client: $0, instance: "tests")) }
        }
    }

    @Test func `every version is kept as it was`() async throws {
        try await with { store in
            #expect(try await store.current().version == 0)
            let document = PolicyDocument(
                networks: ["office": ["192.0.2.0/24"]],
                hours: ["day": WeeklyHours(timeZone: "UTC", days: [0], fromMinute: 1, toMinute: 2)],
                defaults: PolicyTerms(withoutFactor: .allowUntil(Instant(seconds: 1_800_000_000))),
                lines: [
                    PolicyLine(
                        name: "ü “x”", conditions: PolicyConditions(outsideNetworks: ["office"], hours: ["day"]),
                        terms: PolicyTerms(action: .refuse, factors: [.hotp], strength: .aal2))
                ])
            #expect(try await store.apply(document, source: "one", comment: "c", base: 0, caller: caller) == 1)
            #expect(try await store.apply(PolicyDocument(), source: "two", comment: "", base: 1, caller: caller) == 2)
            let first = try await store.read(1)
            #expect(first.policy.document == document && first.source == "one")
            #expect(first.about.createdBy == "cli:tests" && first.about.comment == "c")
            #expect(try await store.current().document == PolicyDocument())
            #expect(try await store.list(limit: 1).map(\.version) == [2])
            #expect(try await store.list(before: 2, limit: 9).map(\.version) == [1])
            await #expect(throws: Refusal(.notFound, reason: "")) { try await store.read(9) }
        }
    }

    @Test func `of many at once on one version one is taken`() async throws {
        try await with { store in
            let taken = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        let document = PolicyDocument(defaults: PolicyTerms(numberDigits: number % 2 == 0 ? 6 : 8))
                        let version = try? await store.apply(
                            document, source: "", comment: "", base: 0, caller: Caller(account: "x", frontEnd: "cli"))
                        return version != nil
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(taken == 1)
            let kept = try await store.list(limit: 9)
            #expect(kept.count == 1)
        }
    }
}

@Suite struct SystemTimeZonesTests {
    @Test func `a zone has its own summer`() throws {
        let zones = SystemTimeZones.shared
        let (winter, summer) = (
            try #require(Instant("2026-01-15T12:00:00Z")), try #require(Instant("2026-07-15T12:00:00Z"))
        )
        #expect(zones.offset(of: "Europe/Berlin", at: winter) == 3_600)
        #expect(zones.offset(of: "Europe/Berlin", at: summer) == 7_200)
        #expect(zones.offset(of: "UTC", at: summer) == 0)
        #expect(zones.offset(of: "America/New_York", at: winter) == -18_000)
    }

    @Test(arguments: ["CET", "Nowhere/AtAll", "", "GMT+1", "../etc/passwd"])
    func `what is no zone has no time`(name: String) {
        #expect(SystemTimeZones.shared.offset(of: name, at: Instant(seconds: 0)) == nil)
        #expect(!SystemTimeZones.shared.knows(name))
    }
}

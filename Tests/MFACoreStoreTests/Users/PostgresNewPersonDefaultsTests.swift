// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain
import Postgres
import Primitives
import TestKit
import Testing

/// What new people begin with, as it is kept.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct PostgresNewPersonDefaultsTests {
    private let caller = Caller(account: "cli:tests", frontEnd: "cli")

    private func changes(_ core: CoreDatabase) async throws -> [String] {
        try await core.rows(
            """
            select actor || ' ' || (detail -> 'changes')::text as t from core.audit_event
            where event = 'user.defaults_changed' order by id
            """
        ).map { try $0.text("t") }
    }

    // R87
    @Test func `a change is kept with what it was before, and nothing is written where nothing changes`() async throws {
        try await withCoreDatabase { core in
            try await core.withClient { client in
                let store = PostgresNewPersonDefaults(client: client, instance: "a")
                #expect(try await store.read() == NewPersonDefaults())
                #expect(try await store.change(caller: caller) { $0.isEnabled = true } == NewPersonDefaults())
                #expect(try await core.number("select count(*) as n from core.user_defaults") == 0)
                let made = try await store.change(caller: caller) { defaults in
                    defaults.language = "de"
                    defaults.groups = ["guests", "staff"]
                }
                #expect(made == NewPersonDefaults(language: "de", groups: ["guests", "staff"]))
                let last = try await store.change(caller: caller) { defaults in
                    defaults.language = nil
                    defaults.preferredFactor = .passcode
                    defaults.isEnabled = false
                }
                #expect(try await store.read() == last)
                #expect(
                    try await changes(core) == [
                        #"cli:tests {"groups": [null, ["guests", "staff"]], "language": [null, "de"]}"#,
                        #"cli:tests {"enabled": [true, false], "language": ["de", null], "#
                            + #""preferredFactor": [null, "passcode"]}"#,
                    ])
            }
        }
    }

    @Test func `of changes that come at once none is lost`() async throws {
        try await withCoreDatabase { core in
            try await core.withClient { client in
                let (store, caller) = (PostgresNewPersonDefaults(client: client, instance: "a"), caller)
                let done = await together(16) { index in
                    try? await store.change(caller: caller) { $0.groups = ($0.groups + ["g\(index)"]).sorted() }
                }
                #expect(done.compactMap { $0 }.count == 16)
                #expect(Set(try await store.read().groups) == Set((0..<16).map { "g\($0)" }))
                #expect(try await changes(core).count == 16)
            }
        }
    }
}

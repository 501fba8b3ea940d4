// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain
import Postgres
import Primitives
import TestKit
import Testing

struct PostgresServiceAccountStoreTests {
    private static let caller = Caller(account: "cli:tests", frontEnd: "cli")
    private static let secrets = Statement(
        "test.secrets", "select id, hash, ended_at from sdk.service_account_secret order by created_at")

    private static func account(_ name: String, _ certificates: [String] = []) -> NewServiceAccount {
        NewServiceAccount(
            id: SystemRandomSource().identifier(), name: name, scopes: ["authenticate", "manage-users"],
            application: "vpn", networks: ["10.0.0.0/8", "2001:db8::/32"], certificates: certificates)
    }

    private func withStore(
        _ body: (PostgresServiceAccountStore, PostgresClient) async throws -> Void
    ) async throws {
        try await withCoreDatabase { core in
            try await core.withClient { client in
                try await body(PostgresServiceAccountStore(client: client, instance: "tests"), client)
            }
        }
    }

    @Test func `an account is listed as it was added, and only the hash of its secret is stored`() async throws {
        try await withStore { store, client in
            let (account, secret) = (Self.account("vpn"), ServiceAccountSecret(random: SystemRandomSource()))
            try await store.add(account, secret: secret, caller: Self.caller)
            let listed = try #require(try await store.list().first)
            #expect(listed.id == account.id && listed.name == "vpn" && listed.application == "vpn")
            #expect(listed.scopes == account.scopes && listed.networks == account.networks)
            #expect(listed.createdBy == "cli:tests" && listed.disabledAt == nil)
            let rows = try await client.query(Self.secrets)
            #expect(rows.count == 1)
            #expect(try rows.first?.text("id") == secret.id)
            #expect(try rows.first?.bytes("hash") == secret.hash)
        }
    }

    @Test func `a name is given once, also after the account was removed`() async throws {
        try await withStore { store, client in
            try await store.add(Self.account("vpn"), secret: .init(random: SystemRandomSource()), caller: Self.caller)
            for isRemoved in [false, true] {
                if isRemoved { try await store.remove("vpn", caller: Self.caller) }
                let refusal = await #expect(throws: Refusal.self) {
                    try await store.add(
                        Self.account("vpn"), secret: .init(random: SystemRandomSource()), caller: Self.caller)
                }
                #expect(refusal?.code == .conflict)
            }
            #expect(try await store.list().isEmpty)
            // The refused ones left no secret behind.
            let rows = try await client.query(Self.secrets)
            #expect(rows.count == 1)
            #expect(try rows.first?.isNull("ended_at") == false)
        }
    }

    @Test func `disabling is noted once; unknown and removed names are not found`() async throws {
        try await withStore { store, _ in
            try await store.add(Self.account("vpn"), secret: .init(random: SystemRandomSource()), caller: Self.caller)
            #expect(try await store.disable("vpn", caller: Self.caller))
            #expect(try await !store.disable("vpn", caller: Self.caller))
            #expect(try await store.list().first?.disabledAt != nil)
            try await store.remove("vpn", caller: Self.caller)
            for name in ["vpn", "nobody", "VPN", "x' or ''='"] {
                let disabling = await #expect(throws: Refusal.self) {
                    try await store.disable(name, caller: Self.caller)
                }
                let removing = await #expect(throws: Refusal.self) {
                    try await store.remove(name, caller: Self.caller)
                }
                #expect(disabling?.code == .notFound && removing?.code == .notFound)
            }
        }
    }

    // R85
    @Test func `each act has its audit row, and without one nothing happens`() async throws {
        try await withCoreDatabase { core in
            try await core.withClient { client in
                let store = PostgresServiceAccountStore(client: client, instance: "tests")
                try await store.add(
                    Self.account("vpn"), secret: .init(random: SystemRandomSource()), caller: Self.caller)
                _ = try await store.disable("vpn", caller: Self.caller)
                try await store.remove("vpn", caller: Self.caller)
                let records = try await PostgresAuditReader(client: client).list(limit: 3)
                #expect(
                    records.map(\.event) == [
                        "service_account.removed", "service_account.disabled", "service_account.added",
                    ])
                #expect(records.allSatisfy { $0.actor == "cli:tests" && $0.frontEnd == "cli" })
                #expect(records.allSatisfy { $0.detail.contains("vpn") && !$0.detail.contains("cs_") })
            }
            try await core.database.run(
                "revoke execute on function core.audit_append(jsonb) from \(CoreDatabase.roleName(.core))")
            try await core.withClient { client async throws in
                let store = PostgresServiceAccountStore(client: client, instance: "tests")
                await #expect(throws: PostgresError.self) {
                    try await store.add(
                        Self.account("mail"), secret: .init(random: SystemRandomSource()), caller: Self.caller)
                }
                #expect(try await store.list().isEmpty)
            }
        }
    }

    // R70: old and new both live in the overlap, by the database's time.
    @Test func `a rotation leaves the old secret for the overlap, and two at most`() async throws {
        try await withStore { store, client in
            let secrets = (0..<4).map { _ in ServiceAccountSecret(random: SystemRandomSource()) }
            try await store.add(Self.account("vpn"), secret: secrets[0], caller: Self.caller)
            try await store.rotate("vpn", to: secrets[1], overlap: .seconds(3600), caller: Self.caller)
            let listed = try #require(try await store.list().first)
            #expect(listed.secrets.map(\.name) == [secrets[0].id, secrets[1].id])
            let end = try #require(listed.secrets.first?.endsAt)
            let left = end.seconds - listed.secrets[1].createdAt.seconds
            #expect((3599...3601).contains(left) && listed.secrets.last?.endsAt == nil)
            // A third would cut off whoever still uses the first.
            let refusal = await #expect(throws: Refusal.self) {
                try await store.rotate("vpn", to: secrets[2], overlap: .seconds(60), caller: Self.caller)
            }
            #expect(refusal?.code == .conflict && refusal?.detail?.contains("\(end)") == true)
            // In an emergency both end at once.
            try await store.rotate("vpn", to: secrets[3], overlap: .zero, caller: Self.caller)
            #expect(try await store.list().first?.secrets.map(\.name) == [secrets[3].id])
            let rows = try await client.query(Self.secrets)
            #expect(rows.count == 3)
        }
    }

    @Test func `a rotation never lets a secret live longer than it did`() async throws {
        try await withStore { store, _ in
            let (first, second) = (
                ServiceAccountSecret(random: SystemRandomSource()), ServiceAccountSecret(random: SystemRandomSource())
            )
            try await store.add(Self.account("vpn"), secret: first, caller: Self.caller)
            try await store.rotate("vpn", to: second, overlap: .seconds(60), caller: Self.caller)
            let end = try #require(try await store.list().first?.secrets.first?.endsAt)
            try await store.rotate("vpn", toCertificates: ["dns:a"], overlap: .seconds(9000), caller: Self.caller)
            #expect(try await store.list().first?.secrets.first?.endsAt == end)
            for name in ["nobody", "VPN"] {
                let refusal = await #expect(throws: Refusal.self) {
                    try await store.rotate(name, to: second, overlap: .zero, caller: Self.caller)
                }
                #expect(refusal?.code == .notFound)
            }
        }
    }

    // R70
    @Test func `a certificate is one account's for ever, and is rotated like a secret`() async throws {
        try await withStore { store, _ in
            try await store.add(Self.account("vpn", ["sha256:aa"]), secret: nil, caller: Self.caller)
            try await store.rotate("vpn", toCertificates: ["sha256:bb"], overlap: .seconds(3600), caller: Self.caller)
            let both = try #require(try await store.list().first)
            #expect(both.secrets.isEmpty && both.certificates.map(\.name) == ["sha256:aa", "sha256:bb"])
            #expect(both.certificates[0].endsAt != nil && both.certificates[1].endsAt == nil)
            try await store.remove("vpn", caller: Self.caller)
            for mark in ["sha256:aa", "sha256:bb"] {
                let refusal = await #expect(throws: Refusal.self) {
                    try await store.add(Self.account("web", [mark]), secret: nil, caller: Self.caller)
                }
                #expect(refusal?.code == .conflict)
            }
            #expect(try await store.list().isEmpty)
        }
    }

    @Test func `limits are an account's own until they are taken back`() async throws {
        try await withStore { store, _ in
            try await store.add(Self.account("vpn"), secret: .init(random: SystemRandomSource()), caller: Self.caller)
            #expect(try await store.list().first?.limits == ServiceAccount.Limits())
            let own = ServiceAccount.Limits(ratePerSecond: 5, concurrencyMax: 2, waitingMax: 0)
            try await store.setLimits("vpn", own, caller: Self.caller)
            #expect(try await store.list().first?.limits == own)
            try await store.setLimits("vpn", .init(), caller: Self.caller)
            #expect(try await store.list().first?.limits == ServiceAccount.Limits())
        }
    }
}

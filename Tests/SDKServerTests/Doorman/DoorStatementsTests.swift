// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFAAPI
import MFACoreStore
import MFADomain
import Postgres
import Primitives
import SDKServer
import TestKit
import Testing

/// The statements on a migrated database, as the role that sdk-service logs in with.
struct DoorStatementsTests {
    private static let caller = Caller(account: "cli:tests", frontEnd: "cli")

    private func account(
        _ name: String, scopes: [String], application: String? = nil, networks: [String] = []
    ) -> NewServiceAccount {
        NewServiceAccount(
            id: SystemRandomSource().identifier(), name: name, scopes: scopes, application: application,
            networks: networks)
    }

    @Test func `reads accounts as mfa-core wrote them`() async throws {
        try await withCoreDatabase(isActivated: false) { core in
            let secret = ServiceAccountSecret(random: SystemRandomSource())
            try await core.withClient { client in
                let store = PostgresServiceAccountStore(client: client, instance: "tests")
                try await store.add(
                    account(
                        "vpn", scopes: ["authenticate", "of-a-later-version"], application: "VPN",
                        networks: ["10.0.0.0/8", "2001:db8::/32", "of-a-later-version"]),
                    secret: secret, caller: Self.caller)
                for name in ["disabled", "removed"] {
                    try await store.add(
                        account(name, scopes: ["mobile"]), secret: .init(random: SystemRandomSource()),
                        caller: Self.caller)
                }
                _ = try await store.disable("disabled", caller: Self.caller)
                try await store.remove("removed", caller: Self.caller)
            }
            let accounts = try await core.withClient(.sdk) { client in try await PostgresAccounts(client).list() }
            #expect(Set(accounts.map(\.name)) == ["vpn", "disabled"])
            let vpn = try #require(accounts.first { $0.name == "vpn" })
            #expect(
                vpn
                    == DoorAccount(
                        name: "vpn", scopes: [.authenticate], application: "VPN",
                        networks: ["10.0.0.0/8", "2001:db8::/32"].compactMap(IPNetwork.init),
                        secrets: [secret.id: secret.hash]))
            let disabled = accounts.first { $0.name == "disabled" }
            #expect(disabled?.isDisabled == true && disabled?.networks == nil)
            let found = try #require(
                secret.text.withBytes { bytes in
                    BasicAuthorization("Basic " + (Data("vpn:".utf8) + bytes).base64EncodedString())
                })
            #expect(found.secretID == secret.id)
            #expect(found.digest == secret.hash)
        }
    }

    // R70
    @Test func `what has ended is read no more, what is to end is; certificates and limits come along`() async throws {
        try await withCoreDatabase(isActivated: false) { core in
            let secrets = (0..<2).map { _ in ServiceAccountSecret(random: SystemRandomSource()) }
            try await core.withClient { client in
                let store = PostgresServiceAccountStore(client: client, instance: "tests")
                let vpn = NewServiceAccount(
                    id: SystemRandomSource().identifier(), name: "vpn", scopes: ["authenticate"], application: nil,
                    networks: [], limits: .init(ratePerSecond: 7, concurrencyMax: 3, waitingMax: 0),
                    certificates: ["dns:old", "dns:older"])
                try await store.add(vpn, secret: secrets[0], caller: Self.caller)
                try await store.rotate("vpn", to: secrets[1], overlap: .seconds(3600), caller: Self.caller)
                try await store.rotate("vpn", toCertificates: ["dns:new"], overlap: .seconds(3600), caller: Self.caller)
            }
            let both = try await core.withClient(.sdk) { client in try await PostgresAccounts(client).list() }
            #expect(both.first?.secrets == [secrets[0].id: secrets[0].hash, secrets[1].id: secrets[1].hash])
            #expect(both.first?.certificates == ["dns:old", "dns:older", "dns:new"])
            #expect(both.first?.limits == .init(ratePerSecond: 7, concurrencyMax: 3, waitingMax: 0))
            // The overlap goes by.
            for table in ["service_account_secret", "service_account_certificate"] {
                try await core.database.run(
                    "update sdk.\(table) set ended_at = clock_timestamp() where ended_at is not null")
            }
            let after = try await core.withClient(.sdk) { client in try await PostgresAccounts(client).list() }
            #expect(after.first?.secrets == [secrets[1].id: secrets[1].hash])
            #expect(after.first?.certificates == ["dns:new"])
        }
    }

    @Test func `writes the audit and can do nothing else to it`() async throws {  // R99
        try await withCoreDatabase(isActivated: false) { core in
            try await core.withClient(.sdk) { client in
                let audit = PostgresDoorAudit(client)
                let tally = RefusalTally(audit: audit, logger: .silent)
                for _ in 0..<3 { tally.count(.wrongSecret, name: "vpn’s", peer: "192.0.2.1") }
                await tally.flush()
                for sql in [
                    "select event from core.audit_event", "delete from core.audit_event",
                    "update sdk.service_account set scopes = '{mobile}'", "select id from core.\"user\"",
                ] {
                    let refusal = await #expect(throws: PostgresError.self) {
                        try await client.execute(Statement("test.forbidden", sql))
                    }
                    #expect(refusal?.sqlState == "42501", "\(sql)")
                }
            }
            try await core.database.withClient { client in
                let rows = try await client.query(
                    Statement(
                        "test.audit",
                        """
                        select event, outcome, reason, front_end, actor, peer, detail->>'count' as count
                        from core.audit_event
                        """))
                #expect(rows.count == 1)
                let row = try #require(rows.first)
                let found = try ["event", "outcome", "reason", "front_end", "actor", "peer", "count"].map {
                    try row.text($0)
                }
                #expect(
                    found == [
                        "door.unauthenticated", "refused", "wrong_secret", "sdk", "vpn’s", "192.0.2.1", "3",
                    ])
            }
        }
    }
}

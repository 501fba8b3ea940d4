// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain
import Postgres
import Primitives
import TestKit
import Testing

struct PostgresCertificateStoreTests {
    private static let caller = Caller(account: "cli:tests", frontEnd: "cli")

    private static func certificate(_ serial: String, _ service: String) -> IssuedCertificate {
        IssuedCertificate(
            serial: serial, service: service, hosts: ["a.example.org", "192.0.2.1"],
            notBefore: Instant(seconds: 1_800_000_000), notAfter: Instant(seconds: 1_834_387_200), issuedBy: "cli:tests"
        )
    }

    @Test func `lists what was recorded, the latest first, with its audit row`() async throws {
        try await withCoreDatabase { core in
            try await core.withClient { client in
                let store = PostgresCertificateStore(client: client, instance: "tests")
                #expect(try await store.list().isEmpty)
                let certificates = [Self.certificate("01", "sdk-service"), Self.certificate("02", "mfa-core")]
                for certificate in certificates { try await store.record(certificate, caller: Self.caller) }
                #expect(try await store.list() == certificates.reversed())
                #expect(try await store.list(service: "sdk-service", limit: 1) == [certificates[0]])
                let record = try #require(
                    try await PostgresAuditReader(client: client)
                        .list(AuditFilter(event: "certificate.issued"), limit: 1).first)
                #expect(record.detail.contains("mfa-core") && record.actor == "cli:tests")
                await #expect(throws: PostgresError.self) {
                    try await store.record(certificates[0], caller: Self.caller)
                }
                #expect(try await store.list().count == 2)
            }
        }
    }

    // R81
    @Test(arguments: [
        "update core.certificate_authority set sealed_key = set_bit(sealed_key, 150, 1 - get_bit(sealed_key, 150))",
        "update core.instance set instance_id = gen_random_uuid()",
    ])
    func `the authority's key opens only as it was sealed, for this installation`(change: String) async throws {
        try await withCoreDatabase { core in
            let keyring = try await core.keyring()
            try await core.withClient { client in
                let store = PostgresCertificateStore(client: client, instance: "tests")
                #expect(try await store.authority(keyring).privateKey.count == 32)
                try await core.database.run(change)
                let error = await #expect(throws: KeyError.self) { try await store.authority(keyring) }
                #expect(error?.code == .damaged)
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import AsyncHTTPClient
import MFAClient
import Postgres
import SDKServer
import ServiceRuntime
import TestKit
import Testing

struct SDKReadinessTests {
    /// The codes of the checks of the database, as the role that sdk-service logs in with.
    private func codes(_ client: PostgresClient) async -> [String] {
        let nobody = CoreCalls(MFAClient(http: .shared, urls: ["http://127.0.0.1:1"]))
        let checks = SDKReadiness.checks(
            accounts: PostgresAccounts(client), audit: PostgresDoorAudit(client), calls: nobody)
        var codes: [String] = []
        for check in checks where check.name != "core" {
            if case .notReady(let code, _) = await check.run() { codes.append(code) }
        }
        return codes
    }

    // R98
    @Test func `without the right to audit it is not ready`() async throws {
        try await withCoreDatabase(isActivated: false) { core in
            try await core.withClient(.sdk) { client async throws in
                try await eventually("both lanes are open") { client.isReachable }
                #expect(await codes(client) == [])
                let role = CoreDatabase.roleName(.sdk)
                try await core.database.run("revoke execute on function core.audit_append(jsonb) from \(role)")
                #expect(await codes(client) == ["audit_unwritable"])
                try await core.database.run("grant execute on function core.audit_append(jsonb) to \(role)")
                #expect(await codes(client) == [])
            }
        }
    }

    // R92, R98
    @Test func `on a server that takes no writes it is not ready`() async throws {
        try await withCoreDatabase(isActivated: false) { core in
            try await core.withClient(.sdk) { client async throws in
                try await eventually("both lanes are open") { client.isReachable }
                let name = core.database.name
                try await core.database.run("alter database \(name) set default_transaction_read_only = on")
                try await core.database.terminateSessions(where: "pid <> pg_backend_pid()")
                try await eventually("the checks fail") { await codes(client).contains("database_unavailable") }
            }
        }
    }
}

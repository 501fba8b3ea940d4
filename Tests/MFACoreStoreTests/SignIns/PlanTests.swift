// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import Postgres
import TestKit
import Testing

/// What runs for every sign-in reads by an index, however many people there are.
@Suite(.timeLimit(.minutes(3)))
struct PlanTests {
    /// The rooms whose statements run for somebody who waits; the others are for administrators and sweep on purpose.
    private static let rooms = [
        "person.", "sign_in.", "user.", "factor.", "device.", "activation.", "ticket.", "idempotency.",
        "bypass.",
    ]

    @Test func `no statement of a decision reads a whole table`() async throws {
        try await withCoreDatabase { core in
            try await core.database.run(Self.people)
            let hot = CoreStatements.all.filter { statement in
                statement.name != "user.list" && Self.rooms.contains { statement.name.hasPrefix($0) }
            }
            #expect(hot.count > 20)
            for statement in hot {
                let plan = try await plan(of: statement, core)
                #expect(!plan.isEmpty)
                let scans = plan.filter { $0.contains("Seq Scan on") }
                #expect(scans.isEmpty, "\(statement.name): \(scans)")
            }
        }
    }

    /// The plan that the server keeps for a prepared statement, whatever its parameters.
    private func plan(of statement: Statement, _ core: CoreDatabase) async throws -> [String] {
        let count = (1...64).last { number in
            statement.sql.ranges(of: "$\(number)").contains { range in
                range.upperBound == statement.sql.endIndex || !statement.sql[range.upperBound].isNumber
            }
        }
        let values = count.map { "(" + Array(repeating: "null", count: $0).joined(separator: ", ") + ")" } ?? ""
        return try await PlainSession.open(core.superuser) { session in
            _ = try session.run(
                "set plan_cache_mode = force_generic_plan; prepare hot as \(statement.sql)")
            return try session.run("explain execute hot\(values)").map { try $0.text("QUERY PLAN") }
        }
    }

    private static let people = """
        insert into core.policy (version, document, source, created_by)
        select n, '{}', repeat('#', 500), 'test' from generate_series(1, 1000) n;
        insert into core."user" (id, username, canonical_name)
        select gen_random_uuid(), 'user' || n, 'user' || n from generate_series(1, 10000) n;
        insert into core.factor (id, user_id, kind, name, state, algorithm, digits, sealed_secret, key_id)
        select gen_random_uuid(), id, 'hotp', 'token', 'active', 'SHA1', 6, '\\x00',
            (select min(k.id) from core.data_key k) from core."user";
        insert into core.sign_in (id, user_id, account, application, requested, state, created_at, expires_at,
            decided_at, idempotency_key_hash, request_hash, challenge_nonce)
        select gen_random_uuid(), id, 'vpn', 'vpn', 'push', case when n % 100 = 0 then 'pending' else 'denied' end,
            now(), now(), case when n % 100 = 0 then null else now() end, decode(lpad(n::text, 8, '0'), 'hex'), '\\x00',
            'nonce'
        from (select id, row_number() over () as n from core."user") u;
        insert into core.activation (id, user_id, secret_hash, code_hash, state, created_at, expires_at)
        select gen_random_uuid(), id, uuid_send(id), '\\x00', 'pending', now(), now() from core."user";
        insert into core.ticket (hash, user_id, account, factor_kind, proved_at, created_at, last_used_at)
        select uuid_send(id), id, 'portal', 'totp', now(), now(), now() from core."user";
        insert into core.idempotency (account, key_hash, request_hash, status, is_one_time)
        select 'a', uuid_send(id), '\\x00', 200, false from core."user";
        insert into core.password_address (address, failures, window_ends_at)
        select id::text, 1, now() from core."user";
        insert into core.activation_guess (bucket, wrong, window_ends_at)
        select n, 1, now() from generate_series(-1, 10000) n;
        insert into core.bypass_count (actor, day, issued)
        select id::text, current_date, 1 from core."user";
        analyze;
        """
}

// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain
import Postgres
import Primitives
import TestKit
import Testing

/// What is done now and then, by one copy at a time.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct PostgresHousekeepingTests {
    private func housekeeping(
        _ copy: CoreCopy, clock: ClockSanity = ClockSanity(), hostAhead: Duration = .zero
    ) -> PostgresHousekeeping {
        PostgresHousekeeping(
            client: copy.client, clock: clock, wall: { WallClock.now() + hostAhead }, instance: "a",
            retention: .seconds(30 * 86_400), prompts: PromptLimits(),
            announce: { copy.announced.add($0) })
    }

    // R28
    @Test func `expires what is late once, however many copies are at it`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy("a") { first in
                try await core.withCopy("b") { second in
                    try await core.database.run(
                        """
                        insert into core.sign_in (id, account, application, requested, state, created_at, expires_at)
                        select gen_random_uuid(), 'vpn', 'vpn', 'passcode', 'pending', now() - interval '2 minutes',
                            now() + case when n <= 30 then interval '-1 minute' else interval '1 minute' end
                        from generate_series(1, 40) n
                        """)
                    _ = await together(8) { index in try? await housekeeping(index % 2 == 0 ? first : second).run() }
                    #expect(
                        try await core.number(
                            "select count(*) as n from core.audit_event where event = 'sign_in.expired'") == 30)
                    let announced = first.announced.all + second.announced.all
                    #expect(announced.count == 30)
                    #expect(Set(announced.map(\.id)).count == 30)
                    #expect(announced.allSatisfy { $0.state == .expired })
                    #expect(
                        try await core.number("select count(*) as n from core.sign_in where state = 'pending'") == 10)
                }
            }
        }
    }

    // R26: whoever ignores prompts need not be looked at again for the alarm to be raised.
    @Test func `suspends prompts that nobody answered, once, and not those of others`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                try await core.database.run(
                    """
                    insert into core."user" (id, username, canonical_name, prompts_unanswered)
                    select gen_random_uuid(), name, name, unanswered
                    from (values ('alice', 3), ('bob', 2), ('carol', 7)) as u (name, unanswered);
                    insert into core.sign_in (id, user_id, account, application, requested, state, created_at, expires_at,
                        challenge_nonce, number_digits, signed_created_at)
                    select gen_random_uuid(), id, 'vpn', 'vpn', 'push', 'pending', now(),
                        now() + case when username = 'carol' then interval '1 minute' else interval '-1 minute' end,
                        'nonce', 6, '' from core."user"
                    """)
                for _ in 0..<2 { try await housekeeping(copy).run() }
                let rows = try await core.rows(
                    #"select username from core."user" where prompts_suspended_at is not null"#)
                #expect(try rows.map { try $0.text("username") } == ["alice"])
                #expect(
                    try await core.number(
                        """
                        select count(*) as n from core.audit_event e join core."user" u on u.id = e.user_id
                        where e.event = 'push.suspended' and u.username = 'alice'
                        """) == 1)
                #expect(
                    try await core.number(
                        "select count(*) as n from core.audit_event where event = 'push.suspended'") == 1)
            }
        }
    }

    // R26: the line under which the last prompt started says how many are too many.
    @Test func `suspends prompts after as many as the policy said`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                try await core.database.run(
                    """
                    insert into core."user" (id, username, canonical_name, prompts_unanswered, prompts_suspend_after)
                    select gen_random_uuid(), name, name, unanswered, suspends
                    from (values ('strict', 1, 1), ('patient', 4, 5), ('usual', 3, null)) as u (name, unanswered, suspends);
                    insert into core.sign_in (id, user_id, account, application, requested, state, created_at,
                        expires_at, challenge_nonce, number_digits, signed_created_at)
                    select gen_random_uuid(), id, 'vpn', 'vpn', 'push', 'pending', now() - interval '2 minutes',
                        now() - interval '1 minute', 'nonce', 6, '' from core."user"
                    """)
                try await housekeeping(copy).run()
                let rows = try await core.rows(
                    #"select username from core."user" where prompts_suspended_at is not null order by 1"#)
                #expect(try rows.map { try $0.text("username") } == ["strict", "usual"])
            }
        }
    }

    // R20, R87
    @Test func `takes a block away when its time is over, once, and the audit keeps why it stood`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                try await core.database.run(
                    """
                    insert into core."user" (id, username, canonical_name, blocked_at, blocked_until, blocked_reason)
                    select gen_random_uuid(), name, name, now() - interval '1 day', now() + ends::interval, 'lost'
                    from (values ('over', '-1 minute'), ('running', '1 minute'), ('endless', null)) as u (name, ends)
                    """)
                for _ in 0..<2 { try await housekeeping(copy).run() }
                let rows = try await core.rows(
                    #"select username from core."user" where blocked_at is not null order by 1"#)
                #expect(try rows.map { try $0.text("username") } == ["endless", "running"])
                let ended = try await core.rows(
                    """
                    select u.username, e.detail ->> 'reason' as reason from core.audit_event e
                    join core."user" u on u.id = e.user_id where e.event = 'user.block_ended'
                    """)
                #expect(try ended.map { try $0.text("username") } == ["over"])
                #expect(try ended.first?.text("reason") == "lost")
            }
        }
    }

    @Test func `forgets the counts of bypasses of days gone by`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                try await core.database.run(
                    """
                    insert into core.bypass_count (actor, day, issued)
                    select 'helpdesk', (clock_timestamp() at time zone 'UTC')::date - n, 1 from generate_series(0, 3) n
                    """)
                try await housekeeping(copy).run()
                #expect(try await core.number("select count(*) as n from core.bypass_count") == 2)
            }
        }
    }

    @Test func `forgets what is remembered of sign-ins when none of it counts any more`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                try await core.database.run(
                    """
                    insert into core."user" (id, username, canonical_name, remembered, remembered_until)
                    select gen_random_uuid(), name, name, '[{}]', now() + ends::interval
                    from (values ('over', '-1 minute'), ('counts', '1 minute')) as u (name, ends)
                    """)
                for _ in 0..<2 { try await housekeeping(copy).run() }
                let rows = try await core.rows(
                    #"select username from core."user" where remembered <> '[]' and remembered_until is not null"#)
                #expect(try rows.map { try $0.text("username") } == ["counts"])
                #expect(
                    try await core.number(
                        #"select count(*) as n from core."user" where remembered_until is null"#) == 1)
            }
        }
    }

    @Test func `leaves the run to the copy that is at it`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                try await core.database.run(
                    """
                    insert into core.sign_in (id, account, application, requested, state, created_at, expires_at)
                    values (gen_random_uuid(), 'vpn', 'vpn', 'passcode', 'pending', now(), now())
                    """)
                try await core.withClient { other in
                    try await other.withTransaction { transaction in
                        _ = try await transaction.query(Self.runLock)
                        try await housekeeping(copy).run()
                    }
                }
                #expect(copy.announced.all.isEmpty)
                try await housekeeping(copy).run()
                #expect(copy.announced.all.count == 1)
            }
        }
    }

    private static let runLock = Statement(
        "test.run_lock", "select pg_advisory_xact_lock(hashtextextended('countersign.housekeeping', 0))::text as held")

    @Test func `forgets what is old and keeps the rest`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let token = try await core.makeToken("alice", by: copy)
                try await core.database.run(Self.oldAndNew(token.user))
                try await housekeeping(copy).run()
                for table in [
                    "idempotency", "spent_nonce", "ticket", "activation", "activation_guess", "password_address",
                    "sign_in",
                ] {
                    #expect(try await core.number("select count(*) as n from core.\(table)") == 1, "\(table)")
                }
                #expect(
                    try await core.number(
                        "select count(*) as n from core.sign_in where idempotency_key_hash is not null") == 0)
            }
        }
    }

    // R93: a host that is behind sees what one that is right sees of a database that is ahead.
    @Test(arguments: [Duration.seconds(-86_400), .seconds(3_600)])
    func `does nothing while host and database clocks disagree`(hostAhead: Duration) async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let token = try await core.makeToken("alice", by: copy)
                try await core.database.run(Self.oldAndNew(token.user))
                try await core.database.run(
                    """
                    insert into core.sign_in (id, account, application, requested, state, created_at, expires_at)
                    values (gen_random_uuid(), 'vpn', 'vpn', 'passcode', 'pending', now(), now())
                    """)
                let pending = "select count(*) as n from core.sign_in where state = 'pending'"
                let clock = ClockSanity()
                try await housekeeping(copy, clock: clock, hostAhead: hostAhead).run()
                #expect(!clock.isSane)
                for table in ["idempotency", "spent_nonce", "ticket", "activation", "activation_guess", "sign_in"] {
                    #expect(try await core.number("select count(*) as n from core.\(table)") > 1, "\(table)")
                }
                #expect(try await core.number(pending) == 1)
                #expect(copy.announced.all.isEmpty)
                try await housekeeping(copy, clock: clock).run()
                #expect(clock.isSane)
                #expect(try await core.number(pending) == 0)
                #expect(try await core.number("select count(*) as n from core.idempotency") == 1)
                #expect(copy.announced.all.count == 1)
            }
        }
    }

    // R24, I2: what a phone signed can be verified again as long as there is an audit that speaks of it.
    @Test func `keeps what a phone signed, however old`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                try await core.database.run(
                    """
                    insert into core.sign_in (id, account, application, requested, state, created_at, expires_at,
                        decided_at, challenge_nonce, message, signature, signing_key)
                    select gen_random_uuid(), 'vpn', 'vpn', 'push', state, now() - interval '10 years', now(), now(),
                        'n', '\\x01', signature, '\\x03'
                    from (values ('approved', '\\x02'::bytea), ('denied', '\\x02'), ('denied', null),
                        ('expired', null)) as v (state, signature)
                    """)
                try await housekeeping(copy).run()
                #expect(
                    try await core.number(
                        """
                        select count(*) as n from core.sign_in
                        where message = '\\x01' and signature = '\\x02' and signing_key = '\\x03'
                        """) == 2)
                #expect(try await core.number("select count(*) as n from core.sign_in") == 2)
            }
        }
    }

    /// Two rows in each table: one whose time is over, one whose is not.
    private static func oldAndNew(_ user: UserID) -> String {
        """
        insert into core.idempotency (account, key_hash, request_hash, status, is_one_time, created_at)
        values ('a', '\\x01', '\\x01', 200, false, now() - interval '25 hours'),
            ('a', '\\x02', '\\x01', 200, false, now() - interval '23 hours');
        insert into core.spent_nonce (nonce, expires_at)
        values ('\\x01', now() - interval '6 minutes'), ('\\x02', now() + interval '1 minute');
        insert into core.ticket (hash, user_id, account, factor_kind, proved_at, created_at, last_used_at)
        values ('\\x01', '\(user)', 'portal', 'totp', now(), now() - interval '25 hours', now()),
            ('\\x02', '\(user)', 'portal', 'totp', now(), now() - interval '2 hours', now() - interval '61 minutes'),
            ('\\x03', '\(user)', 'portal', 'totp', now(), now() - interval '2 hours', now());
        insert into core.activation (id, user_id, secret_hash, code_hash, state, created_at, expires_at)
        values (gen_random_uuid(), '\(user)', '\\x01', '\\x01', 'void', now(), now() - interval '2 days'),
            (gen_random_uuid(), '\(user)', '\\x02', '\\x01', 'pending', now(), now() + interval '10 minutes');
        insert into core.activation_guess (bucket, wrong, window_ends_at)
        values (1, 3, now() - interval '61 minutes'), (-1, 3, now() + interval '1 minute');
        insert into core.password_address (address, failures, window_ends_at)
        values ('192.0.2.1', 3, now() - interval '1 second'), ('192.0.2.2', 3, now() + interval '1 minute');
        insert into core.sign_in (id, account, application, requested, state, created_at, expires_at, decided_at,
            idempotency_key_hash, request_hash)
        values (gen_random_uuid(), 'vpn', 'vpn', 'passcode', 'denied', now() - interval '31 days', now(), now(), null,
                null),
            (gen_random_uuid(), 'vpn', 'vpn', 'passcode', 'denied', now() - interval '25 hours', now(), now(), '\\x01',
                '\\x01');
        """
    }
}

// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain
import Postgres
import Primitives
import TestKit
import Testing

/// R86: what is old goes by whole months, and what is left is verified as before; whoever cuts without the key is found.
@Suite(.timeLimit(.minutes(3)))
struct PostgresAuditRetentionTests {
    private static func time(_ text: String) -> Instant { Instant(text) ?? Instant(seconds: 0) }

    /// In which January is older than one whole month.
    private static let march = time("2025-03-05T00:00:00Z")

    /// Six links. The first three (the activation's among them) are covered by the last checkpoint of January; `late` has
    /// the fourth and is of January, too. A second checkpoint covers them all.
    private struct Site {
        let core: CoreDatabase
        let folder: TemporaryFolder
        let key: CheckpointKey
        let kept: CheckpointFile

        func cutOff(
            months: Int = 1, at now: Instant = PostgresAuditRetentionTests.march, key: CheckpointKey? = nil,
            isTrial: Bool = false
        ) async throws -> PostgresAuditRetention.Outcome {
            try await core.withClient(.signer) { signer in
                let retention = PostgresAuditRetention(client: signer, attempts: 2, pause: .milliseconds(10))
                let outcome = try await retention.cutOff(
                    months: months, at: now, key: key ?? self.key, checkpoints: kept,
                    by: .init(name: "cli:auditor", host: "signer\u{1b}"), isTrial: isTrial)
                if !isTrial { _ = try await retention.forgetLinks() }
                return outcome
            }
        }

        func verdict() async throws -> PostgresAuditVerifier.Verdict {
            try await core.withClient { client in
                try await core.chainAudit(PostgresAuditChain(client: client))
                return try await PostgresAuditVerifier(client: client).verify()
            }
        }

        /// What is wrong with rows, links, the cut's signature and the checkpoints of the file, in this order.
        func fault(chained: Bool = true) async throws -> AuditFault? {
            try await core.withClient { client in
                if chained { try await core.chainAudit(PostgresAuditChain(client: client)) }
                let verdict = try await PostgresAuditVerifier(client: client).verify()
                if let fault = verdict.fault { return fault }
                let keys = [key.publicKey]
                if let cut = verdict.cut, let fault = CheckpointJudgement.fault(of: cut, keys: keys) { return fault }
                return try await PostgresCheckpoints(client: client).verify(kept, keys: keys, cut: verdict.cut).fault
            }
        }

        func add(_ event: String, at time: String) async throws {
            try await core.database.run(
                """
                insert into core.audit_event (at, event, outcome, front_end, actor)
                values ('\(time)', '\(event)', 'done', 'cli', 'a')
                """)
        }

        @discardableResult
        func sign(at time: String) async throws -> AuditCheckpoint {
            try await core.withClient { try await core.chainAudit(PostgresAuditChain(client: $0)) }
            let known = try kept.last()
            let signed = try await core.withClient(.signer) {
                try await PostgresCheckpoints(client: $0).sign(
                    with: key, at: PostgresAuditRetentionTests.time(time), known: known)
            }
            let checkpoint = try #require(signed)
            try kept.append(checkpoint)
            return checkpoint
        }

        func events() async throws -> [String] {
            try await core.rows("select event from core.audit_event order by xid, id").map { try $0.text("event") }
        }
    }

    private func withSite(_ body: (Site) async throws -> Void) async throws {
        try await withCoreDatabase { core in
            try await TemporaryFolder.with { folder in
                let site = Site(
                    core: core, folder: folder, key: CheckpointKey(),
                    kept: CheckpointFile(path: folder.file("checkpoints.jsonl")))
                try await core.database.run(
                    """
                    select core.audit_partition_ensure(date '2025-01-01'), core.audit_partition_ensure(date '2025-02-01')
                    """)
                // The row of the activation is as old as the template of these databases.
                try await core.bend("update core.audit_event set at = '2025-01-01T00:00:00Z', event = 'activation'")
                try await site.add("early", at: "2025-01-10T00:00:00Z")
                try await site.add("covered", at: "2025-01-31T23:59:00Z")
                let first = try await site.sign(at: "2025-01-31T23:59:30Z")
                try await site.add("late", at: "2025-01-31T23:59:59.9Z")
                try await site.add("first", at: "2025-02-01T00:00:00Z")
                try await site.add("second", at: "2025-02-10T00:00:00Z")
                let second = try await site.sign(at: "2025-02-10T00:01:00Z")
                #expect(first.seq == 3 && second.seq == 6)
                try await body(site)
            }
        }
    }

    @Test func `months that are older go, and the chain is whole from there on`() async throws {
        try await withSite { site async throws in
            let tried = try await site.cutOff(isTrial: true)
            #expect(tried.cut?.seq == 3 && tried.rows == 3 && tried.kept == 1 && tried.partitions.isEmpty)
            #expect(try await site.events().count == 6)
            let outcome = try await site.cutOff()
            #expect(outcome.partitions == "audit_event_202501" && outcome.rows == 3 && outcome.kept == 1)
            #expect(outcome.keptFrom == Self.time("2025-02-01T00:00:00Z"))
            // What was behind the cut is as it was, where no month is.
            #expect(try await site.events() == ["late", "first", "second", "audit.cut"])
            #expect(try await site.core.number("select count(*) as n from core.audit_event_default") == 1)
            let verdict = try await site.verdict()
            #expect(verdict.fault == nil && verdict.cut == outcome.cut && verdict.links == 7 && verdict.rows == 4)
            #expect(try await site.fault() == nil)
            // The link that the chain begins behind stays; whoever chains or signs goes on from it.
            #expect(try await site.core.number("select min(seq) as n from core.audit_link") == 3)
            #expect(try await site.sign(at: "2025-03-05T00:01:00Z").seq == 7)
            #expect(try await site.fault() == nil)
            let again = try await site.cutOff()
            #expect(again.cut == nil && again.rows == 0)
        }
    }

    // R87: the act itself, on one line.
    @Test func `the audit tells who cut, and what`() async throws {
        try await withSite { site async throws in
            _ = try await site.cutOff()
            let row = try await site.core.rows(
                "select actor, instance, outcome, detail::text as detail from core.audit_event where event = 'audit.cut'"
            ).first
            #expect(try row?.text("actor") == "cli:auditor" && row?.text("outcome") == "done")
            #expect(try row?.text("instance") == #"signer\u{1b}"#)
            let detail = try row?.text("detail") ?? ""
            for part in ["audit_event_202501", #""link": "3""#, "2025-02-01", site.key.publicKey.name] {
                #expect(detail.contains(part), "\(detail)")
            }
        }
    }

    @Test func `what stayed the last time goes the next time`() async throws {
        try await withSite { site async throws in
            _ = try await site.cutOff()
            let next = try await site.cutOff(at: Self.time("2025-04-01T00:00:00Z"))
            #expect(next.cut?.seq == 6 && next.rows == 3 && next.kept == 0)
            #expect(next.partitions == "audit_event_202502")
            #expect(try await site.events() == ["audit.cut", "audit.cut"])
            #expect(try await site.fault() == nil)
        }
    }

    // Each of these leaves a chain that holds by itself from some link on.
    @Test(
        arguments: [
            // More is gone than was signed for, with rows or without.
            ("delete from core.audit_link where seq <= 4", .headCut),
            (
                """
                delete from core.audit_event where event in ('late', 'first');
                delete from core.audit_link where seq <= 5
                """, .headCut
            ),
            // Nobody says that it was cut.
            ("delete from core.audit_cut", .headCut),
            // Somebody says it without the key.
            (
                """
                insert into core.audit_cut (seq, hash, kept_from, key_name, signature, signed_at)
                select 5, l.hash, c.kept_from, c.key_name, c.signature, c.signed_at
                from core.audit_cut c, core.audit_link l where l.seq = 5;
                delete from core.audit_event where event in ('late', 'first');
                delete from core.audit_link where seq < 5
                """, .badSignature
            ),
            ("update core.audit_cut set kept_from = '2025-01-01T00:00:00Z'", .badSignature),
            // A checkpoint's signature is no leave to cut.
            (
                """
                insert into core.audit_cut (seq, hash, kept_from, key_name, signature, signed_at)
                select seq, hash, '2025-03-01T00:00:00Z', key_name, signature, signed_at
                from core.audit_checkpoint where seq = 6;
                delete from core.audit_event where event in ('late', 'first', 'second');
                delete from core.audit_link where seq < 6
                """, .badSignature
            ),
            // In the middle.
            (
                """
                delete from core.audit_event where event = 'first'; delete from core.audit_link where seq = 5
                """, .cut
            ),
            ("update core.audit_event set actor = 'b' where event = 'late'", .changed),
            // A row that pretends to be of the time before, with a link that nobody walks along.
            (
                """
                insert into core.audit_event (id, at, xid, event, outcome, front_end, actor)
                select -5, at, xid, 'forged', 'done', 'cli', 'a' from core.audit_event where event = 'first';
                insert into core.audit_link (seq, audit_id, hash, xid, at)
                select 2, id, '\\x00', xid, at from core.audit_event where event = 'forged'
                """, .inserted
            ),
        ] as [(String, AuditFault.Kind)])
    func `whoever cuts or bends beside retention is found`(sql: String, kind: AuditFault.Kind) async throws {
        try await withSite { site async throws in
            _ = try await site.cutOff()
            #expect(try await site.fault() == nil)
            try await site.core.bend(sql)
            let fault = try await site.fault(chained: false)
            #expect(fault?.kind == kind, "\(fault?.sentence ?? "no fault")")
        }
    }

    // Rows, links and the database's own checkpoints: what was kept elsewhere tells.
    @Test func `a cut tail is found by a checkpoint that was exported, before retention and after`() async throws {
        try await withSite { site async throws in
            let tail = """
                delete from core.audit_event where id in (select audit_id from core.audit_link where seq > 5);
                delete from core.audit_link where seq > 5; delete from core.audit_checkpoint where seq > 5
                """
            _ = try await site.cutOff()
            try await site.sign(at: "2025-03-05T00:01:00Z")
            try await site.core.bend(tail)
            #expect(try await site.verdict().fault == nil)
            #expect(try await site.fault()?.kind == .tailCut)
        }
        try await withSite { site async throws in
            try await site.core.bend("delete from core.audit_event where event = 'second'")
            try await site.core.bend("delete from core.audit_link where seq > 5; delete from core.audit_checkpoint")
            #expect(try await site.fault()?.kind == .tailCut)
        }
    }

    @Test func `nothing goes that does not hold, or that no kept checkpoint covers`() async throws {
        try await withSite { site async throws in
            try await site.core.bend("update core.audit_event set actor = 'b' where event = 'early'")
            await #expect(throws: SigningError.self) { try await site.cutOff() }
            #expect(try await site.events().count == 6)
            try await site.core.bend("update core.audit_event set actor = 'a' where event = 'early'")
            // A row that was never chained would go unseen.
            try await site.add("unchained", at: "2025-01-15T00:00:00Z")
            let refusal = await #expect(throws: Refusal.self) { try await site.cutOff() }
            #expect(refusal?.detail?.contains("1 rows that are to go have no link") == true)
            try await site.core.bend("delete from core.audit_event where event = 'unchained'")
            // Somebody else's key, and a file without a checkpoint of that time.
            await #expect(throws: SigningError.self) { try await site.cutOff(key: CheckpointKey()) }
            _ = try site.folder.write("checkpoints.jsonl", "")
            let uncovered = await #expect(throws: Refusal.self) { try await site.cutOff() }
            #expect(uncovered?.detail?.contains("file of checkpoints has none") == true)
            #expect(try await site.events().count == 6)
            #expect(try await site.core.number("select count(*) as n from core.audit_cut") == 0)
        }
    }

    // A clock that is years ahead drops nothing that the other one calls young.
    @Test func `the clock that is behind says what is old`() async throws {
        try await withSite { site async throws in
            try await site.add("present", at: "2025-02-20T00:00:00Z")
            try await site.sign(at: "2025-02-21T00:00:00Z")
            try await site.core.withClient(.signer) { signer in
                let ahead = try await PostgresAuditRetention(client: signer).cutOff(
                    months: 1200, at: Self.time("2999-01-01T00:00:00Z"), key: site.key, checkpoints: site.kept,
                    by: .init(name: "a", host: "b"))
                #expect(ahead.cut == nil && ahead.keptFrom < Self.time("2025-01-01T00:00:00Z"))
            }
        }
    }

    // Nobody waits for who reads long, and who reads long is not disturbed.
    @Test func `gives up on an audit that somebody holds, and lets sign-ins through`() async throws {
        try await withSite { site async throws in
            try await site.core.withClient { reader in
                try await reader.withTransaction(deadline: .seconds(60)) { transaction in
                    _ = try await transaction.query(Self.hold)
                    let refusal = await #expect(throws: Refusal.self) { try await site.cutOff() }
                    #expect(refusal?.detail?.contains("try again later") == true)
                    try await site.add("meanwhile", at: "2025-02-21T00:00:00Z")
                }
            }
            #expect(try await site.cutOff().partitions == "audit_event_202501")
        }
    }

    private static let hold = Statement("test.hold", "select count(*) as rows from core.audit_event")

    // R99: the signer's role cuts where something was signed, and no other role at all.
    @Test func `the database refuses a cut at a link without a checkpoint, and one of this month`() async throws {
        try await withSite { site async throws in
            for (link, day) in [(4, "2025-02-01"), (3, "2025-02-02"), (3, "2999-01-01")] {
                await #expect(throws: PostgresError.self) {
                    try await PlainSession.open(site.core.configuration(.signer)) { session in
                        try session.run(
                            """
                            select core.audit_cut_off(\(link), (select hash from core.audit_link where seq = \(link)),
                                '\(day)T00:00:00Z', 'k', '', now(), '{}', 'a', 'b')
                            """)
                    }
                }
            }
            #expect(try await site.events().count == 6)
        }
    }

    // R87: what a remote log has not got yet would be lost to it.
    @Test func `nothing goes that a syslog receiver lacks`() async throws {
        try await withSite { site async throws in
            try await site.core.database.run(
                """
                create table if not exists core.audit_receiver (name text primary key, seq bigint not null default 0,
                    holder text not null, held_until timestamptz not null, confirmed_at timestamptz);
                insert into core.audit_receiver (name, seq, holder, held_until)
                values ('logs.example.org:6514', 2, 'a', now())
                """)
            let refusal = await #expect(throws: PostgresError.self) { try await site.cutOff() }
            #expect(refusal?.reason.contains("logs.example.org:6514 lacks rows") == true)
            #expect(try await site.events().count == 6)
            try await site.core.database.run("update core.audit_receiver set seq = 3")
            #expect(try await site.cutOff().cut?.seq == 3)
        }
    }

    @Test func `an export begins where the chain does`() async throws {
        try await withSite { site async throws in
            _ = try await site.cutOff()
            try await site.core.withClient { client in
                try await site.core.chainAudit(PostgresAuditChain(client: client))
                let export = PostgresAuditExport(client: client)
                var bytes: [UInt8] = []
                let written = try await export.export(at: Self.march) { bytes += $0 }
                #expect(written.after == 3 && written.links == 7)
                let file = try site.folder.write("audit.jsonl", String(decoding: bytes, as: UTF8.self))
                let verdict = try AuditFile(path: file).verify(keys: [site.key.publicKey], outside: site.kept)
                #expect(verdict.fault == nil && verdict.after == 3 && verdict.links == 7)
                let refusal = await #expect(throws: Refusal.self) {
                    try await export.export(after: 1, at: Self.march) { _ in }
                }
                #expect(refusal?.detail?.contains("begins behind link 3") == true)
            }
        }
    }
}

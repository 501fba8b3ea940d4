// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import Postgres
import Primitives
import TestKit
import Testing

/// R86: a superuser bends the audit, and the first row that does not fit is named.
@Suite(.timeLimit(.minutes(3)))
struct PostgresAuditVerifierTests {
    private typealias Verdict = PostgresAuditVerifier.Verdict

    /// Seven rows with their links, of which link 1 is the activation's; `E3` is row and link 4.
    private func verdict(afterBending sql: String) async throws -> (Verdict, row: Int64) {
        try await withCoreDatabase { core in
            try await core.addAuditRows(6)
            return try await core.withClient { client in
                try await core.chainAudit(PostgresAuditChain(client: client))
                let verifier = PostgresAuditVerifier(client: client)
                let whole = try await verifier.verify()
                #expect(whole.fault == nil && whole.links == 7 && whole.rows == 7 && whole.waiting == 0)
                let row = try await core.number("select id as n from core.audit_event where event = 'E3'")
                try await core.bend(sql)
                return (try await verifier.verify(), row)
            }
        }
    }

    private static let bent = "(select id from core.audit_event where event = 'E3')"

    // Every column counts.
    @Test(arguments: [
        "outcome = 'denied'", "detail = '{\"b\": \"1\", \"longer\": \"y\"}'", "detail = '{}'", "reason = ''",
        "user_given = null", "actor = 'b'", "instance = 'x'", "user_id = gen_random_uuid()", "request_id = 'r'",
        "xid = '3'", "peer = 'p'", "front_end = 'f'", "application = 'a'", "client_address = 'c'", "factor_kind = 'k'",
        "factor_id = gen_random_uuid()", "sign_in_id = gen_random_uuid()", "event = 'E33'",
    ])
    func `a changed column of a row is found`(change: String) async throws {
        let (verdict, row) = try await verdict(
            afterBending: "update core.audit_event set \(change) where event = 'E3'")
        #expect(verdict.fault?.kind == .changed && verdict.fault?.row == row && verdict.links == 3)
    }

    @Test func `a row whose time was changed is told from one that is gone`() async throws {
        let (moved, row) = try await verdict(
            afterBending: "update core.audit_event set at = at + interval '1 microsecond' where event = 'E3'")
        #expect(moved.fault?.kind == .changed && moved.fault?.row == row)
        let (gone, missing) = try await verdict(afterBending: "delete from core.audit_event where event = 'E3'")
        #expect(gone.fault?.kind == .missing && gone.fault?.row == missing && gone.fault?.seq == 4)
    }

    @Test func `a cut head is found, with its rows or without`() async throws {
        let links = "delete from core.audit_link where seq <= 2"
        let rows = "delete from core.audit_event where id in (select audit_id from core.audit_link where seq <= 2);"
        for sql in [links, rows + links] {
            let (verdict, _) = try await verdict(afterBending: sql)
            #expect(verdict.fault?.kind == .headCut && verdict.fault?.seq == 3 && verdict.links == 0)
        }
    }

    @Test func `a cut in the middle is found, with its rows or without`() async throws {
        let links = "delete from core.audit_link where seq in (3, 4);"
        let rows = """
            delete from core.audit_event where id in (select audit_id from core.audit_link where seq in (3, 4));
            """
        for sql in [links, rows + links] {
            let (verdict, _) = try await verdict(afterBending: sql)
            #expect(verdict.fault?.kind == .cut && verdict.fault?.seq == 5 && verdict.links == 2)
        }
        // Numbers that were made to fit again do not help.
        let (verdict, _) = try await verdict(
            afterBending: rows + links + "update core.audit_link set seq = seq - 2 where seq > 4")
        #expect(verdict.fault?.kind == .changed && verdict.fault?.seq == 3)
    }

    // Where both are gone, only a checkpoint tells.
    @Test func `a cut tail is found by the rows or the links that are left`() async throws {
        let (gone, _) = try await verdict(
            afterBending: """
                delete from core.audit_event where id in (select audit_id from core.audit_link where seq >= 6)
                """)
        #expect(gone.fault?.kind == .missing && gone.fault?.seq == 6)
        let (unlinked, _) = try await verdict(
            afterBending: """
                update core.audit_event set at = at - interval '1 hour';
                update core.audit_link set at = at - interval '1 hour'; delete from core.audit_link
                """)
        #expect(unlinked.fault?.kind == .unchained)
    }

    @Test func `two rows or links that changed places are found`() async throws {
        let (rows, row) = try await verdict(
            afterBending: """
                update core.audit_event set event = case event when 'E3' then 'E4' else 'E3' end
                where event in ('E3', 'E4')
                """)
        #expect(rows.fault?.kind == .changed && rows.fault?.row == row)
        let (links, first) = try await verdict(
            afterBending: """
                update core.audit_link set seq = -seq where seq in (4, 6);
                update core.audit_link set seq = 10 + seq where seq < 0
                """)
        #expect(links.fault?.kind == .reordered && links.fault?.row == first + 2 && links.fault?.seq == 4)
    }

    @Test func `a row that was put in is found, whatever time and number it has`() async throws {
        let copied = """
            insert into core.audit_event (id, at, xid, event, outcome, front_end, actor)
            select ID, AT, xid, 'forged', 'approved', 'sdk', 'vpn' from core.audit_event where event = 'E3'
            """
        for (id, at) in [
            ("id", "at + interval '1 microsecond'"), ("-1", "at"), ("id + 1000", "at - interval '1 day'"),
        ] {
            let (verdict, row) = try await verdict(
                afterBending: copied.replacing("ID", with: id).replacing("AT", with: at))
            #expect(verdict.fault?.kind == .inserted, "\(id) \(at)")
            #expect([row, -1, row + 1000].contains(verdict.fault?.row ?? 0))
            #expect(verdict.links == 7)
        }
    }

    @Test func `a changed link is told from a changed row`() async throws {
        let (hash, row) = try await verdict(
            afterBending: "update core.audit_link set hash = decode(repeat('ab', 32), 'hex') where seq = 4")
        #expect(hash.fault?.kind == .linkChanged && hash.fault?.row == row)
        let (pointing, _) = try await verdict(
            afterBending: "update core.audit_link set audit_id = 12345 where seq = 4")
        #expect(pointing.fault?.kind == .missing && pointing.fault?.row == 12345)
    }

    @Test func `rows that wait for their links are no fault before a minute is over`() async throws {
        try await withCoreDatabase { core in
            try await core.addAuditRows(3)
            // The row of the activation is as old as the template of these databases.
            try await core.bend("update core.audit_event set at = clock_timestamp()")
            try await core.withClient { client in
                let verifier = PostgresAuditVerifier(client: client)
                let young = try await verifier.verify()
                #expect(young.fault == nil && young.waiting == 4 && young.links == 0)
                try await core.bend("update core.audit_event set at = at - interval '61 seconds'")
                let old = try await verifier.verify()
                #expect(old.fault?.kind == .unchained)
            }
        }
    }
}

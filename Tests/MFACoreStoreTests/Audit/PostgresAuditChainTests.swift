// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import Postgres
import Primitives
import TestKit
import Testing

/// R86: rows get their links behind the decisions, each one and each once.
@Suite(.timeLimit(.minutes(3)))
struct PostgresAuditChainTests {
    private static let hold = Statement("test.append", "select core.audit_append($1::jsonb) as written")

    private func event(_ name: String) -> PostgresValue {
        .json(#"[{"event": "\#(name)", "outcome": "done", "front_end": "cli", "actor": "a"}]"#)
    }

    @Test func `every row gets its link, in the order of transactions`() async throws {
        try await withCoreDatabase { core in
            try await core.addAuditRows(7)
            try await core.withClient { client in
                let chain = PostgresAuditChain(client: client)
                try await core.chainAudit(chain)
                #expect(try await chain.backlog() == .init(unchained: 0, unsigned: 0))
                let rows = try await core.rows(
                    """
                    select l.seq, e.event, l.xid = e.xid and l.at = e.at as fits from core.audit_link l
                    join core.audit_event e on e.id = l.audit_id order by l.seq
                    """)
                #expect(try rows.map { try $0.integer("seq") } == (1...8).map { Int64($0) })
                #expect(try rows.dropFirst().map { try $0.text("event") } == (1...7).map { "E\($0)" })
                #expect(try rows.allSatisfy { try $0.boolean("fits") })
            }
        }
    }

    // A signer that stopped is heard of; where there is none, nobody waits for it.
    @Test func `tells how long rows wait for their links, and links for the signer`() async throws {
        try await withCoreDatabase { core in
            try await core.withClient { client in
                let chain = PostgresAuditChain(client: client)
                try await core.bend("update core.audit_event set at = clock_timestamp() - interval '1 hour'")
                let waiting = try await chain.backlog()
                #expect((3600..<3660).contains(waiting.unchained) && waiting.unsigned == 0)
                try await core.chainAudit(chain)
                #expect(try await chain.backlog() == .init(unchained: 0, unsigned: 0))
                _ = try await core.withClient(.signer) {
                    try await PostgresCheckpoints(client: $0).sign(
                        with: CheckpointKey(), at: WallClock.now(), known: nil)
                }
                #expect(try await chain.backlog() == .init(unchained: 0, unsigned: 0))
                try await core.addAuditRows(1)
                try await core.chainAudit(chain)
                try await core.bend("update core.audit_link set at = at - interval '1 hour' where seq > 1")
                let unsigned = try await chain.backlog()
                #expect(unsigned.unchained == 0 && (3600..<3660).contains(unsigned.unsigned))
            }
        }
    }

    // A row whose transaction is open while later ones end holds those up, and is never passed over.
    @Test func `a row that commits late finds its place`() async throws {
        try await withCoreDatabase { core in
            try await core.withClient { client in
                let chain = PostgresAuditChain(client: client)
                try await core.chainAudit(chain)
                let linked = try await core.number("select count(*) as n from core.audit_link")
                try await core.withClient { other in
                    try await other.withTransaction(deadline: .seconds(60)) { transaction in
                        _ = try await transaction.query(Self.hold, [event("late")])
                        _ = try await client.execute(Self.hold, [event("early")])
                        for _ in 0..<3 { _ = try await chain.run() }
                        #expect(try await core.number("select count(*) as n from core.audit_link") == linked)
                        #expect(try await core.unlinkedRows() == 1)
                    }
                }
                try await core.chainAudit(chain)
                let rows = try await core.rows(
                    """
                    select e.event from core.audit_link l join core.audit_event e on e.id = l.audit_id
                    where e.event in ('late', 'early') order by l.seq
                    """)
                #expect(try rows.map { try $0.text("event") } == ["late", "early"])
            }
        }
    }

    @Test func `several copies write one chain`() async throws {
        try await withCoreDatabase { core in
            try await core.withClient { first in
                try await core.withClient { second in
                    for round in 0..<5 {
                        try await core.addAuditRows(20, first: round * 20)
                        _ = await together(6) { index in
                            try? await PostgresAuditChain(client: index % 2 == 0 ? first : second).run()
                        }
                    }
                    try await core.chainAudit(PostgresAuditChain(client: second))
                    let verdict = try await PostgresAuditVerifier(client: first).verify()
                    #expect(verdict.fault == nil && verdict.links == 101 && verdict.rows == 101)
                }
            }
        }
    }

    @Test func `leaves the run to the copy that is at it`() async throws {
        try await withCoreDatabase { core in
            try await core.withClient { client in
                try await core.withClient { other in
                    try await other.withTransaction { transaction in
                        _ = try await transaction.query(Self.runLock)
                        #expect(try await PostgresAuditChain(client: client).run() == nil)
                    }
                }
            }
        }
    }

    private static let runLock = Statement(
        "test.run_lock", "select pg_advisory_xact_lock(hashtextextended('countersign.audit_chain', 0))::text as held")

    // A dump brings rows with transactions that the new server will not reach for years; the chain goes on with its own.
    @Test func `goes on after the database moved to a server whose transactions count from less`() async throws {
        try await withCoreDatabase { core in
            try await core.addAuditRows(4)
            try await core.withClient { client in
                let chain = PostgresAuditChain(client: client)
                try await core.chainAudit(chain)
                // As if all of them had been written far ahead, and the last two not chained when the dump was made.
                try await core.bend(
                    """
                    update core.audit_event set xid = (xid::text::bigint + 4000000000)::text::xid8;
                    delete from core.audit_link
                    """)
                _ = try await chain.run()
                try await core.bend("delete from core.audit_link where seq > 3")
                try await core.addAuditRows(3, first: 5)
                try await core.chainAudit(chain)
                let rows = try await core.rows(
                    """
                    select e.event from core.audit_link l join core.audit_event e on e.id = l.audit_id order by l.seq
                    """)
                #expect(try rows.dropFirst().map { try $0.text("event") } == (1...7).map { "E\($0)" })
                #expect(try await PostgresAuditVerifier(client: client).verify().fault == nil)
            }
        }
    }
}

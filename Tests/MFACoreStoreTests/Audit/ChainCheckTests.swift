// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import TestKit
import Testing

/// I4: what scenarios ask of the chain, of one that was bent between two questions.
@Suite(.timeLimit(.minutes(3)))
struct ChainCheckTests {
    /// What is found after some rows more and `sql`, where all was well before.
    private func found(afterBending sql: String, within patience: Duration = .seconds(20)) async throws -> [String] {
        try await withCoreDatabase { core in
            try await core.addAuditRows(4)
            return try await core.withClient { client in
                let chain = PostgresAuditChain(client: client)
                try await core.chainAudit(chain)
                let check = ChainCheck { core.superuser }
                #expect(await !check.isUsed)
                #expect(try await check.violations().isEmpty)
                #expect(await check.isUsed)
                try await core.addAuditRows(4, first: 5)
                try await core.chainAudit(chain)
                try await core.bend(sql)
                return try await check.violations(within: patience).map(\.description)
            }
        }
    }

    @Test func `a chain that goes on as it began violates nothing`() async throws {
        #expect(try await found(afterBending: "select 1").isEmpty)
    }

    @Test func `a row that was changed, taken out or never chained is found`() async throws {
        let changed = try await found(afterBending: "update core.audit_event set outcome = 'x' where event = 'E7'")
        #expect(changed.count == 1 && changed.first?.hasPrefix("I4: Row ") == true, "\(changed)")
        let gone = try await found(afterBending: "delete from core.audit_event where event = 'E7'")
        #expect(gone.first?.contains("is missing") == true, "\(gone)")
        let unlinked = try await found(
            afterBending: "delete from core.audit_link where seq = (select max(seq) from core.audit_link)",
            within: .milliseconds(100))
        #expect(unlinked.first?.hasPrefix("I4: It did not come true") == true, "\(unlinked)")
    }

    // Links 6 to 9 are those of the second four rows; the first is the activation's.
    @Test func `a chain that lost what was looked at, or was written anew, is found`() async throws {
        let cut = try await found(
            afterBending: """
                delete from core.audit_event where id in (select audit_id from core.audit_link where seq >= 5);
                delete from core.audit_link where seq >= 5
                """)
        #expect(cut == ["I4: link 5 of the chain is not the one that was there before"])
        let rewritten = try await found(afterBending: "update core.audit_link set hash = '\\x00' where seq = 5")
        #expect(rewritten == cut)
    }
}

// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import Postgres
import Primitives
import TestKit
import Testing

/// R86: what the chain alone cannot tell, a signed checkpoint does.
@Suite(.timeLimit(.minutes(3)))
struct PostgresCheckpointsTests {
    private static let now = Instant(microseconds: 1_767_225_600_123_456)

    /// A chain of five links, signed by a role that may do nothing else, and two links behind the checkpoint.
    private func withSigned(
        _ body: (CoreDatabase, CheckpointKey, AuditCheckpoint, PostgresCheckpoints) async throws -> Void
    ) async throws {
        try await withCoreDatabase { core in
            let key = CheckpointKey()
            try await core.withClient(.signer) { signer in
                try await core.withClient { client in
                    let checkpoints = PostgresCheckpoints(client: signer)
                    #expect(try await checkpoints.sign(with: key, at: Self.now, known: nil) == nil)
                    try await core.addAuditRows(4)
                    try await core.chainAudit(PostgresAuditChain(client: client))
                    let signed = try #require(try await checkpoints.sign(with: key, at: Self.now, known: nil))
                    #expect(signed.seq == 5 && key.publicKey.signed(signed))
                    #expect(try await checkpoints.sign(with: key, at: Self.now, known: signed) == nil)
                    try await core.addAuditRows(2, first: 5)
                    try await core.chainAudit(PostgresAuditChain(client: client))
                    try await body(core, key, signed, checkpoints)
                }
            }
        }
    }

    private func fault(
        _ checkpoints: PostgresCheckpoints, _ key: CheckpointKey, known: AuditCheckpoint?
    ) async throws -> AuditFault? {
        do {
            _ = try await checkpoints.sign(with: key, at: Self.now, known: known)
            return nil
        } catch SigningError.fault(let fault) {
            return fault
        }
    }

    @Test func `a chain that went on is signed again, and all checkpoints agree with it`() async throws {
        try await withSigned { core, key, first, checkpoints in
            let second = try #require(try await checkpoints.sign(with: key, at: Self.now, known: first))
            #expect(second.seq == 7)
            try await core.withClient { client in
                let verified = try await PostgresCheckpoints(client: client).verify(keys: [key.publicKey])
                #expect(verified.count == 2 && verified.fault == nil)
                let stranger = try await PostgresCheckpoints(client: client).verify(keys: [CheckpointKey().publicKey])
                #expect(stranger.fault?.kind == .badSignature)
            }
        }
    }

    // Rows, links and checkpoints of the database are gone; what was exported is not.
    @Test func `a tail that was cut off with everything is found by an exported checkpoint`() async throws {
        try await withSigned { core, key, signed, checkpoints in
            try await core.bend(
                """
                delete from core.audit_event where id in (select audit_id from core.audit_link where seq > 3);
                delete from core.audit_link where seq > 3; delete from core.audit_checkpoint
                """)
            #expect(try await core.withClient { try await PostgresAuditVerifier(client: $0).verify().fault } == nil)
            #expect(try await checkpoints.faults(of: [signed], keys: [key.publicKey])?.kind == .tailCut)
            #expect(try await fault(checkpoints, key, known: signed)?.kind == .tailCut)
        }
    }

    // The chainer of the house itself writes the chain anew over bent rows: it holds, and is not what was signed.
    @Test func `a chain that was written anew is found by a checkpoint, in the database or outside`() async throws {
        try await withSigned { core, key, signed, checkpoints in
            try await core.bend(
                "update core.audit_event set actor = 'nobody' where event = 'E2'; delete from core.audit_link")
            try await core.withClient { client in
                try await core.chainAudit(PostgresAuditChain(client: client))
                #expect(try await PostgresAuditVerifier(client: client).verify().fault == nil)
            }
            #expect(try await checkpoints.verify(keys: [key.publicKey]).fault?.kind == .rewritten)
            #expect(try await fault(checkpoints, key, known: nil)?.kind == .rewritten)
            try await core.bend("delete from core.audit_checkpoint")
            #expect(try await fault(checkpoints, key, known: signed)?.kind == .rewritten)
        }
    }

    @Test func `rows that do not hold are not signed`() async throws {
        try await withSigned { core, key, signed, checkpoints in
            try await core.bend("update core.audit_event set outcome = 'approved' where event = 'E6'")
            let refused = try await fault(checkpoints, key, known: signed)
            #expect(refused?.kind == .changed && refused?.seq == 7)
            #expect(try await core.number("select count(*) as n from core.audit_checkpoint") == 1)
        }
    }

    @Test func `a key that took the place of another goes on where that one ended`() async throws {
        try await withSigned { core, key, signed, checkpoints in
            let heir = CheckpointKey()
            let next = try #require(try await checkpoints.sign(with: heir, at: Self.now, known: signed))
            #expect(next.seq == 7 && heir.publicKey.signed(next))
            let both = try await checkpoints.verify(keys: [key.publicKey, heir.publicKey])
            #expect(both.count == 2 && both.fault == nil)
        }
    }

    @Test func `a checkpoint that was bent in the database is found`() async throws {
        try await withSigned { core, key, _, checkpoints in
            try await core.bend("update core.audit_checkpoint set signed_at = signed_at + interval '1 day'")
            #expect(try await checkpoints.verify(keys: [key.publicKey]).fault?.kind == .badSignature)
            #expect(try await fault(checkpoints, key, known: nil)?.kind == .badSignature)
        }
    }
}

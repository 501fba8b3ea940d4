// SPDX-License-Identifier: Apache-2.0
package import Postgres
package import Primitives

/// Why the chain was not signed.
package enum SigningError: Error, Sendable {
    /// What was chained since the last checkpoint does not hold.
    case fault(AuditFault)
}

/// Signs the chain, and compares it with what was signed.
package struct PostgresCheckpoints: Sendable {
    private let client: PostgresClient

    package init(client: PostgresClient) {
        self.client = client
    }

    /// Signs the chain's present end, after looking at every row since the last checkpoint with own eyes; nil when
    /// nothing was chained since.
    ///
    /// - Parameter known: the latest checkpoint that is kept outside of the database, which is believed rather than
    ///   the database's own.
    package func sign(
        with key: CheckpointKey, at now: Instant, known: AuditCheckpoint?
    ) async throws -> AuditCheckpoint? {
        let last = try await client.query(AuditCheckpointStatements.last).first.map { try Self.checkpoint($0) }
        for checkpoint in [known, last].compactMap({ $0 }) {
            // A key that was replaced cannot be checked here; the chain has to agree all the same.
            let keys = checkpoint.keyName == key.publicKey.name ? [key.publicKey] : nil
            if let fault = try await faults(of: [checkpoint], keys: keys) { throw SigningError.fault(fault) }
        }
        let start = [known, last].compactMap { $0 }.max { $0.seq < $1.seq }
        let walked = try await PostgresAuditVerifier(client: client).walk(
            from: start.map { AuditWalk(after: $0.seq, hash: $0.hash) } ?? AuditWalk())
        if let fault = walked.fault { throw SigningError.fault(fault) }
        guard walked.links > start?.seq ?? 0 else { return nil }
        let checkpoint = try key.sign(seq: walked.links, hash: walked.hash, at: now)
        _ = try await client.execute(
            AuditCheckpointStatements.add,
            [
                .integer(checkpoint.seq), .bytes(checkpoint.hash), .text(checkpoint.keyName),
                .bytes(checkpoint.signature), .instant(checkpoint.signedAt),
            ])
        return checkpoint
    }

    /// The database's last checkpoint where this key signed it and it stands behind `known`: it did not get to where that
    /// one is kept.
    package func last(
        signedBy key: CheckpointPublicKey, behind known: AuditCheckpoint?
    ) async throws(PostgresError) -> AuditCheckpoint? {
        guard let row = try await client.query(AuditCheckpointStatements.last).first else { return nil }
        let last = try Self.checkpoint(row)
        return last.seq > known?.seq ?? 0 && key.signed(last) ? last : nil
    }

    /// Where retention cut off the chain's head; nil when it begins with its first link.
    package static func cut(of client: PostgresClient) async throws(PostgresError) -> AuditCut? {
        guard let row = try await client.query(AuditCutStatements.last).first else { return nil }
        return AuditCut(
            seq: try row.integer("seq"), hash: try row.bytes("hash"), keptFrom: try row.instant("kept_from"),
            signedAt: try row.instant("signed_at"), keyName: try row.text("key_name"),
            signature: try row.bytes("signature"))
    }

    /// Compares all checkpoints of the database with the chain: how many hold, and the first thing that is wrong.
    ///
    /// - Parameter cut: where the chain begins, as it was verified; of a checkpoint before that only the signature is
    ///   left to look at.
    package func verify(
        keys: [CheckpointPublicKey], cut: AuditCut? = nil
    ) async throws -> (count: Int64, fault: AuditFault?) {
        var (count, seq): (Int64, Int64) = (0, .min)
        while true {
            let page = try await client.query(AuditCheckpointStatements.after, [.integer(seq)]).map {
                try Self.checkpoint($0)
            }
            guard let last = page.last else { return (count, nil) }
            if let fault = try await faults(of: page, keys: keys, cut: cut) { return (count, fault) }
            count += Int64(page.count)
            seq = last.seq
        }
    }

    /// The same with the checkpoints of a file.
    package func verify(
        _ file: CheckpointFile, keys: [CheckpointPublicKey], cut: AuditCut? = nil
    ) async throws -> (count: Int64, fault: AuditFault?) {
        var reader = try file.reader()
        var count: Int64 = 0
        while true {
            var page: [AuditCheckpoint] = []
            while page.count < AuditCheckpointStatements.walkMax, let next = try reader.next() { page.append(next) }
            if page.isEmpty { return (count, nil) }
            if let fault = try await faults(of: page, keys: keys, cut: cut) { return (count, fault) }
            count += Int64(page.count)
        }
    }

    /// The first of some checkpoints that was not signed by one of the keys, or that tells of another chain than this.
    package func faults(
        of checkpoints: [AuditCheckpoint], keys: [CheckpointPublicKey]?, cut: AuditCut? = nil
    ) async throws(PostgresError) -> AuditFault? {
        var hashes: [Int64: [UInt8]] = [:]
        for row in try await client.query(
            AuditCheckpointStatements.hashes, [.integers(checkpoints.map(\.seq))])
        { hashes[try row.integer("seq")] = try row.bytes("hash") }
        if let cut { hashes[cut.seq] = cut.hash }
        for checkpoint in checkpoints {
            let isCutOff = cut.map { checkpoint.seq < $0.seq } ?? false
            let fault = CheckpointJudgement.fault(
                of: checkpoint, keys: keys, hash: isCutOff ? checkpoint.hash : hashes[checkpoint.seq])
            if let fault { return fault }
        }
        return nil
    }

    /// A row of ``AuditCheckpointStatements``.
    static func checkpoint(_ row: Row) throws(PostgresError) -> AuditCheckpoint {
        AuditCheckpoint(
            seq: try row.integer("seq"), hash: try row.bytes("hash"), signedAt: try row.instant("signed_at"),
            keyName: try row.text("key_name"), signature: try row.bytes("signature"))
    }
}

/// Whether a checkpoint and a chain agree.
package enum CheckpointJudgement {
    /// - Parameters:
    ///   - keys: one of which signed it; nil when that is not asked.
    ///   - hash: of the chain's link with the checkpoint's number; nil when there is none.
    package static func fault(
        of checkpoint: AuditCheckpoint, keys: [CheckpointPublicKey]?, hash: [UInt8]?
    ) -> AuditFault? {
        let (seq, time) = (checkpoint.seq, checkpoint.signedAt)
        if let keys, !keys.contains(where: { $0.signed(checkpoint) }) {
            return AuditFault(
                .badSignature, seq: seq, row: nil,
                "The checkpoint of \(time) at link \(seq) was not signed by the given key (it names \(checkpoint.keyName))."
            )
        }
        guard let hash else {
            return AuditFault(
                .tailCut, seq: seq, row: nil,
                "There were \(seq) links when the checkpoint of \(time) was signed, and link \(seq) is gone: the end of "
                    + "the chain is cut off; keep it as it is, and look for the rest in a backup or an export.")
        }
        guard hash == checkpoint.hash else {
            return AuditFault(
                .rewritten, seq: seq, row: nil,
                "Link \(seq) is not the one that was signed at \(time): the chain was written anew.")
        }
        return nil
    }
}

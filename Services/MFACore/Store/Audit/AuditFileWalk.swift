// SPDX-License-Identifier: Apache-2.0
import Primitives

/// Walks along the lines of an exported audit, and along the checkpoints that were kept outside of it.
struct AuditFileWalk {
    /// A line that was understood, and what is wrong with it or with one before it.
    struct Taken {
        let fault: AuditFault?
    }

    private let head: AuditExportLine.Head
    /// One of them signed each checkpoint; nil when that is not asked.
    private let signers: [CheckpointPublicKey]?
    private var outside: CheckpointFile.Reader?
    /// The next of those outside.
    private var next: AuditCheckpoint?
    private var walk: AuditWalk
    /// The link that was read last, which the walk judges when it knows the one behind.
    private var seq: Int64
    private var hash: [UInt8]
    /// The first checkpoint of a link that does not stand before it.
    private var ahead: AuditCheckpoint?
    private(set) var isOver = false
    private var checkpoints: Int64 = 0
    private var later: Int64 = 0

    /// Nil when the head is none of ours.
    init?(_ head: AuditExportLine.Head, keys: [CheckpointPublicKey], outside: CheckpointFile?) throws {
        guard let hash = Hex.decode(head.hash), hash.count == AuditChain.start.count, head.after >= 0,
            head.after > 0 || hash == AuditChain.start
        else { return nil }
        self.head = head
        signers = keys.isEmpty ? nil : keys
        walk = AuditWalk(after: head.after, hash: hash)
        seq = head.after
        self.hash = hash
        self.outside = try outside?.reader()
    }

    /// How far it is; a fault is added by whoever walks.
    var verdict: AuditFile.Verdict {
        var verdict = AuditFile.Verdict()
        (verdict.after, verdict.exportedAt) = (head.after, head.exportedAt)
        (verdict.links, verdict.hash) = (walk.seq, walk.hash)
        (verdict.checkpoints, verdict.laterCheckpoints) = (checkpoints, later)
        return verdict
    }

    /// Passes by the checkpoints outside that are of links before the file; one of the link that it begins behind tells
    /// whether it does.
    mutating func begin() throws -> AuditFault? {
        try advance()
        while let checkpoint = next, checkpoint.seq < head.after { try advance() }
        return try judgeOutside()
    }

    /// Takes the next line; nil when it does not belong where it stands.
    mutating func take(_ line: AuditExportLine) throws -> Taken? {
        switch line {
        case .head: return nil
        case .link(let link, let isOwn):
            if let fault = walk.take(link) { return Taken(fault: fault) }
            guard isOwn else {
                return Taken(
                    fault: walk.finish()
                        ?? AuditFault(
                            .linkChanged, seq: link.seq, row: link.rowID,
                            "Link \(link.seq) was changed; its row \(link.rowID) is whole."))
            }
            (seq, hash) = (link.seq, link.hash)
            if let checkpoint = ahead, checkpoint.seq <= seq {
                ahead = nil
                if let fault = judge(checkpoint) { return Taken(fault: fault) }
            }
            return Taken(fault: try judgeOutside())
        case .checkpoint(let checkpoint):
            if checkpoint.seq > seq {
                ahead = ahead ?? checkpoint
                return Taken(fault: nil)
            }
            return checkpoint.seq == seq ? Taken(fault: judge(checkpoint)) : nil
        case .end(let end):
            isOver = true
            return Taken(fault: try finish(end))
        }
    }

    /// The file has no last line.
    mutating func cutOff() -> AuditFault {
        walk.finish()
            ?? AuditFault(
                .tailCut, seq: seq, row: nil,
                "The file ends behind link \(seq) without its last line: its tail is cut off, or the export was not "
                    + "finished; look for a whole copy, or export it again.")
    }

    private mutating func finish(_ end: AuditExportLine.End) throws -> AuditFault? {
        if let fault = walk.finish() { return fault }
        guard end.links == walk.seq, Hex.decode(end.hash) == walk.hash else {
            return AuditFault(
                .tailCut, seq: walk.seq, row: nil,
                "The file ends with link \(walk.seq), and its last line tells of link \(end.links): its tail is cut off "
                    + "or another one's; look for a whole copy, or export it again.")
        }
        if let ahead, let fault = judge(ahead) { return fault }
        while let checkpoint = next {
            // What was signed after the export may well be of links that came after it.
            let isLater = checkpoint.signedAt > head.exportedAt
            let fault = CheckpointJudgement.fault(
                of: checkpoint, keys: signers, hash: isLater ? checkpoint.hash : nil)
            if let fault { return fault }
            later += 1
            try advance()
        }
        return nil
    }

    /// Judges those outside that are of links up to the one that was read last.
    private mutating func judgeOutside() throws -> AuditFault? {
        while let checkpoint = next, checkpoint.seq <= seq {
            if let fault = judge(checkpoint) { return fault }
            try advance()
        }
        return nil
    }

    /// Reads the next of those outside: the signer adds them in the order of their links.
    private mutating func advance() throws {
        let last = next?.seq ?? 0
        next = try outside?.next()
        guard let next, next.seq < last else { return }
        throw KeyError(
            .fileMalformed,
            "The checkpoint of link \(next.seq) stands behind that of link \(last): put the file of checkpoints into the "
                + "order in which they were signed.")
    }

    /// Whether a checkpoint of a link that was read agrees with it; what is wrong with the links themselves comes first.
    private mutating func judge(_ checkpoint: AuditCheckpoint) -> AuditFault? {
        let fault = CheckpointJudgement.fault(
            of: checkpoint, keys: signers, hash: checkpoint.seq == seq ? hash : nil)
        guard let fault else {
            checkpoints += 1
            return nil
        }
        return walk.finish() ?? fault
    }
}

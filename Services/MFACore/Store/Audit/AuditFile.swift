// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// An exported audit, which is checked by itself: no database, and no more of it in memory than a line.
package struct AuditFile: Sendable {
    package let path: String

    package init(path: String) {
        self.path = path
    }

    /// What was found.
    package struct Verdict: Sendable {
        /// The link behind which the file begins.
        package var after: Int64 = 0
        package var exportedAt: Instant?
        /// The last link that holds, and its hash.
        package var links: Int64 = 0
        package var hash = AuditChain.start
        /// Checkpoints that agree, in the file and outside of it.
        package var checkpoints: Int64 = 0
        /// Checkpoints outside of the file that were signed after it was written.
        package var laterCheckpoints: Int64 = 0
        /// The first thing that is wrong.
        package var fault: AuditFault?
    }

    /// Acts that change most are far below.
    static let lineBytesMax = 4 * 1024 * 1024
    /// Links between two reports.
    private static let reportStep: Int64 = 5000

    /// Checks it to the end or to the first fault.
    ///
    /// - Parameters:
    ///   - keys: one of which signed each checkpoint; where there is none, signatures are not asked about.
    ///   - outside: checkpoints that were kept elsewhere.
    ///   - report: hears now and then how many links were checked.
    /// - Throws: ``KeyError`` when it is no export, or cannot be read.
    package func verify(
        keys: [CheckpointPublicKey] = [], outside: CheckpointFile? = nil, report: (Int64) -> Void = { _ in }
    ) throws -> Verdict {
        var lines = try LineReader(path: path, lineBytesMax: Self.lineBytesMax)
        guard let first = try lines.next(), let line = AuditExportLine(first) else {
            throw KeyError(.fileMalformed, "“\(path)” is no export of the audit; mfa-core audit export makes one.")
        }
        guard case .head(let head) = line else {
            var verdict = Verdict()
            verdict.fault = AuditFault(
                .headCut, seq: nil, row: nil,
                "The first line of the file is gone: its head is cut off; look for a whole copy, or export it again.")
            return verdict
        }
        guard var walk = try AuditFileWalk(head, keys: keys, outside: outside) else { throw malformed(1) }
        var told: Int64 = 0
        var fault = try walk.begin()
        while fault == nil, !walk.isOver {
            guard let next = try lines.next() else {
                fault = walk.cutOff()
                break
            }
            guard let line = AuditExportLine(next), let found = try walk.take(line) else {
                throw malformed(lines.number)
            }
            fault = found.fault
            if walk.verdict.links >= told + Self.reportStep {
                told = walk.verdict.links
                report(told - head.after)
            }
        }
        if fault == nil, try lines.next() != nil { throw malformed(lines.number) }
        var verdict = walk.verdict
        verdict.fault = fault
        return verdict
    }

    private func malformed(_ number: Int) -> KeyError {
        KeyError(
            .fileMalformed,
            "Line \(number) of “\(path)” does not belong there: the file was changed; look for a whole copy, or export it "
                + "again.")
    }
}

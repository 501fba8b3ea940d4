// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import Primitives

extension AuditVerification {
    private struct ReportedFile: Encodable {
        let sound: Bool
        /// The link behind which the file begins.
        let after: Int64
        /// The last link that holds.
        let links: Int64
        let hash: String
        let exportedAt: Instant?
        /// Checkpoints that hold; null when nobody said who signs them.
        let checkpoints: Int64?
        /// Checkpoints outside of the file that were signed after it was written.
        let laterCheckpoints: Int64
        let fault: ReportedFault?
    }

    /// Checks an exported audit by itself: no database and no configuration.
    ///
    /// - Parameter progress: is told now and then how far it is, in a line.
    package static func verify(
        file path: String, evidence: Evidence = Evidence(), progress: (String) -> Void = { _ in }
    ) throws -> Outcome {
        let keys = try evidence.publicKeys.map { try CheckpointKeyFile.loadPublic($0) }
        var told: Int64 = 0
        let verdict = try AuditFile(path: path).verify(
            keys: keys, outside: evidence.checkpoints.map { CheckpointFile(path: $0) }
        ) { links in
            guard links >= told + progressStep else { return }
            told = links
            progress("Checked \(links) links.")
        }
        let document = ReportedFile(
            sound: verdict.fault == nil, after: verdict.after, links: verdict.links, hash: Hex.encode(verdict.hash),
            exportedAt: verdict.exportedAt, checkpoints: keys.isEmpty ? nil : verdict.checkpoints,
            laterCheckpoints: verdict.laterCheckpoints, fault: verdict.fault.map { ReportedFault($0) })
        return Outcome(
            report: try CommandReport(text(of: verdict, isSigned: !keys.isEmpty), document: document),
            isSound: verdict.fault == nil)
    }

    private static func text(of verdict: AuditFile.Verdict, isSigned: Bool) -> String {
        let head = "link \(verdict.links), hash \(Hex.encode(verdict.hash))"
        if let fault = verdict.fault {
            return "The export is not whole. \(text(of: fault))\nThe chain holds up to \(head).\n"
        }
        let links =
            verdict.links == verdict.after ? "it holds no link" : "links \(verdict.after + 1) to \(verdict.links)"
        var text = "The export is whole: \(links).\nThe chain ends with \(head).\n"
        if verdict.after > 0 { text += "Links 1 to \(verdict.after) are in another one.\n" }
        text +=
            isSigned
            ? "\(verdict.checkpoints) checkpoints agree with it.\n"
            : "Whether it is the one that was signed was not looked at: give --public-key.\n"
        if verdict.laterCheckpoints > 0 { text += "\(verdict.laterCheckpoints) checkpoints were signed after it.\n" }
        return text
    }
}

// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import Postgres
import Primitives

/// What `audit verify` does; it needs no key.
package enum AuditVerification {
    /// A report, and whether the audit is whole.
    package struct Outcome: Sendable {
        package let report: CommandReport
        package let isSound: Bool
    }

    /// What is wrong, for programs.
    struct ReportedFault: Encodable {
        let kind: String
        let link: Int64?
        let row: Int64?
        let sentence: String
        /// What to do; absent where the sentence says so itself.
        let advice: String?

        init(_ fault: AuditFault) {
            kind = fault.kind.rawValue
            link = fault.seq
            row = fault.row
            sentence = fault.sentence
            advice = AuditVerification.advice(on: fault.kind)
        }
    }

    /// What to do about a fault; nil where its sentence says so itself.
    static func advice(on kind: AuditFault.Kind) -> String? {
        switch kind {
        case .changed, .linkChanged, .missing, .reordered, .inserted, .rewritten:
            "Keep what there is as it is, and compare it with a backup or another export from there on."
        case .badSignature:
            "Give every key that ever signed; if it stays, somebody else signed: keep what there is as it is."
        case .unchained:
            "See that mfa-core runs and that no transaction stays open, and verify again in a minute; if it stays, keep "
                + "what there is as it is."
        case .headCut, .cut, .tailCut: nil
        }
    }

    /// A fault for people: what, and what to do.
    static func text(of fault: AuditFault) -> String {
        fault.sentence + (advice(on: fault.kind).map { " \($0)" } ?? "")
    }

    private struct ReportedVerdict: Encodable {
        let sound: Bool
        /// The link behind which the chain begins: 0, or where retention cut its head off.
        let after: Int64
        /// The last link that holds.
        let links: Int64
        let hash: String
        let rows: Int64
        let waiting: Int64
        /// Checkpoints that hold; null when none were asked about.
        let checkpoints: Int64?
        /// When a restored database was declared last: from there on it may lack what was before (R91).
        let restoredAt: Instant?
        let fault: ReportedFault?
    }

    /// What the chain is compared with beside the rows, as it was typed.
    package struct Evidence: Sendable {
        /// Files with public keys, of which one signed each checkpoint.
        package var publicKeys: [String] = []
        /// A file of checkpoints that was kept outside of the database.
        package var checkpoints: String?

        package init() {}
    }

    /// Links or rows between two lines about how far it is.
    static let progressStep: Int64 = 100_000

    /// Compares rows and chain, and the chain with what was signed.
    ///
    /// - Parameter progress: is told now and then how far it is, in a line.
    package static func verify(
        _ options: CommandOptions, evidence: Evidence = Evidence(), progress: @escaping (String) -> Void = { _ in }
    ) async throws -> Outcome {
        let keys = try evidence.publicKeys.map { try CheckpointKeyFile.loadPublic($0) }
        return try await CommandDatabase.run(options) { client in
            var verdict = try await PostgresAuditVerifier(client: client).verify(reporting(progress))
            var checkpoints: Int64?
            if verdict.fault == nil, !keys.isEmpty {
                (checkpoints, verdict.fault) = try await signed(verdict.cut, keys, evidence, client)
            }
            return try outcome(
                verdict, checkpoints: checkpoints, restored: try await RestoreFence.declared(client))
        }
    }

    /// How many checkpoints agree with the chain, and the first thing that was signed and does not: who cut the head off,
    /// the database's own checkpoints, those that were kept elsewhere.
    private static func signed(
        _ cut: AuditCut?, _ keys: [CheckpointPublicKey], _ evidence: Evidence, _ client: PostgresClient
    ) async throws -> (count: Int64?, fault: AuditFault?) {
        if let cut, let fault = CheckpointJudgement.fault(of: cut, keys: keys) { return (nil, fault) }
        let checkpoints = PostgresCheckpoints(client: client)
        let kept = try await checkpoints.verify(keys: keys, cut: cut)
        guard kept.fault == nil, let path = evidence.checkpoints else { return (kept.count, kept.fault) }
        let exported = try await checkpoints.verify(CheckpointFile(path: path), keys: keys, cut: cut)
        return (exported.count, exported.fault)
    }

    /// Tells of every ``progressStep`` links or rows.
    private static func reporting(
        _ progress: @escaping (String) -> Void
    ) -> (PostgresAuditVerifier.Progress) -> Void {
        var told: Int64 = 0
        return { state in
            let done = state.linksChecked + state.rowsChecked
            guard done >= told + progressStep else { return }
            told = done
            progress(
                state.rowsChecked == 0
                    ? "Checked \(state.linksChecked) of \(state.linksInAll) links."
                    : "Looked for the links of \(state.rowsChecked) rows.")
        }
    }

    private static func outcome(
        _ verdict: PostgresAuditVerifier.Verdict, checkpoints: Int64?, restored: (at: Instant, epoch: Int64)?
    ) throws -> Outcome {
        // Where the chain begins behind a cut, only the signer's key tells who cut it there.
        let isSound = verdict.fault == nil && (verdict.cut == nil || checkpoints != nil)
        let document = ReportedVerdict(
            sound: isSound, after: verdict.cut?.seq ?? 0, links: verdict.links,
            hash: Hex.encode(verdict.hash), rows: verdict.rows, waiting: verdict.waiting, checkpoints: checkpoints,
            restoredAt: restored?.at,
            fault: verdict.fault.map { ReportedFault($0) })
        let checked = checkpoints.map { "\($0) checkpoints agree with it.\n" } ?? ""
        let told = restored.map { "This database was restored at \($0.at); its epoch is \($0.epoch).\n" } ?? ""
        return Outcome(
            report: try CommandReport(
                text(of: verdict, isSigned: checkpoints != nil) + (verdict.fault == nil ? checked : "") + told,
                document: document),
            isSound: isSound)
    }

    private static func text(of verdict: PostgresAuditVerifier.Verdict, isSigned: Bool) -> String {
        let head = "link \(verdict.links), hash \(Hex.encode(verdict.hash))"
        if let fault = verdict.fault {
            return "The audit is not whole. \(text(of: fault))\nThe chain holds up to \(head).\n"
        }
        if let cut = verdict.cut, !isSigned {
            return "Whether the audit is whole cannot be said: it begins behind link \(cut.seq), and only the "
                + "signer's key tells who cut off what was before \(cut.keptFrom); give --public-key.\n"
                + "From there on it fits. The chain ends with \(head).\n"
        }
        return "The audit is whole: \(verdict.rows) rows, of which \(verdict.waiting) wait for their links.\n"
            + beginning(verdict.cut) + "The chain ends with \(head).\n"
    }

    private static func beginning(_ cut: AuditCut?) -> String {
        guard let cut else { return "" }
        return "The chain begins behind link \(cut.seq): what was before \(cut.keptFrom) is cut off, as key "
            + "\(cut.keyName) has signed.\n"
    }
}

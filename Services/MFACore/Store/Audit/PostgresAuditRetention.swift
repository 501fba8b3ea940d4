// SPDX-License-Identifier: Apache-2.0
import MFADomain
package import Postgres
package import Primitives

/// Drops whole months of the audit that are older than what is to be kept, and cuts the chain's head off where a
/// checkpoint was signed, so that what is left can be verified as before (R86).
///
/// What goes is looked at once more: every row of it has its link and fits it, and the link behind which the chain will
/// begin is the one that was signed. The chain is in the order of transactions and months are in the order of time, so
/// some of the last rows before the month's end have links behind the cut; those stay, as they are.
package struct PostgresAuditRetention: Sendable {
    /// What was cut off, or would be.
    package struct Outcome: Sendable {
        /// From when on rows are kept, whatever was done.
        package let keptFrom: Instant
        /// Nil when nothing is older.
        package let cut: AuditCut?
        /// How many rows went, and how many older ones stay because their links stand behind the cut.
        package let rows: Int64
        package let kept: Int64
        /// The names of the partitions that are gone; none when it was only tried.
        package let partitions: String
    }

    /// Who does it, for the audit.
    package struct Actor: Sendable {
        let name: String
        let host: String

        package init(name: String, host: String) {
            self.name = name
            self.host = host
        }
    }

    /// Older rows that may stay: a signer that comes by every minute leaves a minute's.
    private static let keptMax = 50_000
    /// To count a month's rows takes a while; a role of readers has less by itself.
    private static let countMilliseconds = "900000"
    private static let countDeadline: Duration = .seconds(930)
    private static let pageDeadline: Duration = .seconds(60)

    private let client: PostgresClient
    private let attempts: Int
    private let pause: Duration

    /// - Parameters:
    ///   - attempts: to get at the audit while somebody else is, each of which takes a second.
    ///   - pause: between two of them.
    package init(client: PostgresClient, attempts: Int = 10, pause: Duration = .seconds(3)) {
        self.client = client
        self.attempts = attempts
        self.pause = pause
    }

    /// Cuts off what is older than so many whole months before this one.
    ///
    /// - Parameters:
    ///   - kept: the checkpoints that are kept outside of the database, one of which the chain will begin behind.
    ///   - keys: those that signed them; the first one signs the cut.
    ///   - isTrial: looks at everything and changes nothing.
    ///   - report: hears after each page up to which link it is.
    /// - Throws: ``SigningError`` when what was to go does not hold, ``Refusal`` with a sentence when it cannot go yet.
    package func cutOff(
        months: Int, at now: Instant, key: CheckpointKey, former keys: [CheckpointPublicKey] = [],
        checkpoints kept: CheckpointFile, by actor: Actor, isTrial: Bool = false, report: (Int64) -> Void = { _ in }
    ) async throws -> Outcome {
        guard
            let from = try await client.query(
                AuditCutStatements.keptFrom, [.instant(now), .integer(months)]
            ).first
        else { throw PostgresError(.decoding, "no time was told") }
        let (keptFrom, text) = (try from.instant("kept_from"), try from.text("text"))
        let older = try await rows(before: keptFrom)
        let last = try await PostgresCheckpoints.cut(of: client)
        let keys = [key.publicKey] + keys
        if let last, let fault = CheckpointJudgement.fault(of: last, keys: keys) { throw SigningError.fault(fault) }
        let nothing = Outcome(keptFrom: keptFrom, cut: nil, rows: 0, kept: 0, partitions: "")
        guard older > 0 else { return nothing }
        let checkpoint = try Self.checkpoint(before: keptFrom, after: last?.seq ?? 0, in: kept, keys: keys)
        guard let checkpoint else {
            // What an earlier cut has kept stays until the next one.
            if last?.keptFrom == keptFrom { return nothing }
            throw Refusal(
                .conflict,
                detail: "\(older) rows are older than \(keptFrom), and the file of checkpoints has none that was "
                    + "signed before then and behind the chain's beginning: nothing was cut off; see mfa-core audit sign.",
                reason: "no checkpoint")
        }
        var review = Review(cut: checkpoint, keptFrom: text, rows: older)
        try await look(at: &review, behind: last, report)
        let cut = try key.cut(at: checkpoint, keptFrom: keptFrom, at: now)
        let partitions = isTrial ? "" : try await drop(cut, keeping: review.kept, by: actor)
        return Outcome(
            keptFrom: keptFrom, cut: cut, rows: older - Int64(review.kept.count), kept: Int64(review.kept.count),
            partitions: partitions)
    }

    /// Removes the links before the cut that are left, whoever made it; answers how many there were.
    package func forgetLinks(_ report: (Int64) -> Void = { _ in }) async throws -> Int64 {
        var all: Int64 = 0
        while true {
            let gone = try await patiently {
                try await client.execute(
                    AuditCutStatements.forgetLinks, [.integer(AuditCutStatements.forgetMax)],
                    deadline: Self.pageDeadline
                ).first?.integer("gone") ?? 0
            }
            if gone == 0 { return all }
            all += gone
            report(all)
        }
    }

    private func rows(before time: Instant) async throws -> Int64 {
        try await client.withTransaction(deadline: Self.countDeadline) { transaction in
            let results = try await transaction.batch([
                (AuditStatements.limit, [.text(Self.countMilliseconds)]), (AuditCutStatements.older, [.instant(time)]),
            ])
            return try results[1].first?.integer("rows") ?? 0
        }
    }

    /// The last of the file's checkpoints that was signed before `time`; those of links up to `seq` are of what is gone.
    private static func checkpoint(
        before time: Instant, after seq: Int64, in file: CheckpointFile, keys: [CheckpointPublicKey]
    ) throws -> AuditCheckpoint? {
        var (reader, found): (CheckpointFile.Reader, AuditCheckpoint?) = (try file.reader(), nil)
        while let next = try reader.next() {
            if next.signedAt < time, next.seq > max(seq, found?.seq ?? 0) { found = next }
        }
        guard let found else { return nil }
        if let fault = CheckpointJudgement.fault(of: found, keys: keys, hash: found.hash) {
            throw SigningError.fault(fault)
        }
        return found
    }

    /// Walks from the chain's beginning until every row that is older was met.
    private func look(at review: inout Review, behind last: AuditCut?, _ report: (Int64) -> Void) async throws {
        var walk = last.map { AuditWalk(after: $0.seq, hash: $0.hash) } ?? AuditWalk()
        var (seq, isOver): (Int64, Bool) = (last?.seq ?? .min, false)
        while !isOver {
            let page = try await client.query(
                AuditChainStatements.linksAfter, [.integer(seq)], deadline: Self.pageDeadline)
            guard let end = page.last else { break }
            for row in page where !isOver {
                let link = try PostgresAuditVerifier.link(row)
                if let fault = walk.take(link) { throw SigningError.fault(fault) }
                isOver = try review.take(link, at: try row.optionalText("at"))
            }
            seq = try end.integer("link_seq")
            report(seq)
        }
        if let fault = walk.finish() { throw SigningError.fault(fault) }
        try review.finish()
    }

    private func drop(_ cut: AuditCut, keeping kept: [Int64], by actor: Actor) async throws -> String {
        let values: [PostgresValue] = [
            .integer(cut.seq), .bytes(cut.hash), .instant(cut.keptFrom), .text(cut.keyName), .bytes(cut.signature),
            .instant(cut.signedAt), .integers(kept), .text(AuditRow.clean(actor.name)),
            .text(AuditRow.clean(actor.host)),
        ]
        return try await patiently {
            try await client.withTransaction(deadline: Self.countDeadline) { transaction in
                _ = try await transaction.query(AuditStatements.limit, [.text(Self.countMilliseconds)])
                return try await transaction.finish(AuditCutStatements.cutOff, values).first?.text("partitions") ?? ""
            }
        }
    }

    /// Does what nobody else may be at the audit for, again and again: a sign-in waits a second at most.
    private func patiently<R>(_ body: () async throws -> R) async throws -> R {
        for _ in 1..<max(2, attempts) {
            do {
                return try await body()
            } catch let error as PostgresError {
                guard error.isLockTimeout || error.isSerializationFailure else { throw error }
                try await Task.sleep(for: pause)
            }
        }
        do {
            return try await body()
        } catch let error as PostgresError {
            guard error.isLockTimeout else { throw error }
            throw Refusal(
                .conflict,
                detail: "Somebody reads the audit all the time (a backup?): nothing was cut off; try again later.",
                reason: error.description)
        }
    }

    /// What the walk is to find.
    private struct Review {
        let cut: AuditCheckpoint
        /// From when on rows are kept, as links tell times: those texts have the order of the times.
        let keptFrom: String
        /// How many rows are older.
        let rows: Int64
        /// Rows that go, and those that are older and stay.
        private var going: Int64 = 0
        private(set) var kept: [Int64] = []
        private var isCutReached = false

        init(cut: AuditCheckpoint, keptFrom: String, rows: Int64) {
            self.cut = cut
            self.keptFrom = keptFrom
            self.rows = rows
        }

        /// Takes the next link, with its row's time; whether there is no other to look at.
        mutating func take(_ link: ChainedRow, at time: String?) throws -> Bool {
            let isOld = time.map { $0 < keptFrom } ?? true
            if link.seq <= cut.seq {
                guard isOld else {
                    throw Refusal(
                        .conflict,
                        detail: "Row \(link.rowID) (link \(link.seq)) is younger than the checkpoint of "
                            + "\(cut.signedAt) that covers it: the clocks of signer and database disagree; nothing was "
                            + "cut off.",
                        reason: "clocks disagree")
                }
                going += 1
                guard link.seq == cut.seq else { return false }
                if let fault = CheckpointJudgement.fault(of: cut, keys: nil, hash: link.hash) {
                    throw SigningError.fault(fault)
                }
                isCutReached = true
            } else if isOld {
                kept.append(link.rowID)
                guard kept.count <= PostgresAuditRetention.keptMax else {
                    throw Refusal(
                        .conflict,
                        detail: "More than \(PostgresAuditRetention.keptMax) rows before the end of the month have "
                            + "links behind the last checkpoint that was signed before it (\(cut.signedAt)): nothing was "
                            + "cut off; the next month's end may do. The signer has to run every minute.",
                        reason: "too many rows stay")
                }
            }
            return isCutReached && going + Int64(kept.count) == rows
        }

        func finish() throws {
            if !isCutReached, let fault = CheckpointJudgement.fault(of: cut, keys: nil, hash: nil) {
                throw SigningError.fault(fault)
            }
            let missing = rows - going - Int64(kept.count)
            guard missing == 0 else {
                throw Refusal(
                    .conflict,
                    detail: "\(missing) rows that are to go have no link of their own: nothing was cut off; see "
                        + "mfa-core audit verify.",
                    reason: "rows without links")
            }
        }
    }
}

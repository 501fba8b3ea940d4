// SPDX-License-Identifier: Apache-2.0

/// Which database this is: a dump that is restored is in another one, whatever it is called.
package struct DatabasePlace: Sendable, Equatable, Codable {
    /// PostgreSQL's system identifier, made with the server's files; a standby has that of its primary.
    package let systemIdentifier: String
    /// The database's number within its server.
    package let database: Int64

    package init(systemIdentifier: String, database: Int64) {
        self.systemIdentifier = systemIdentifier
        self.database = database
    }
}

/// How far a copy of mfa-core has seen the database come. It is kept outside the database, where no restore takes it back.
package struct LastSeen: Sendable, Equatable, Codable {
    package let place: DatabasePlace
    /// PostgreSQL's timeline; each promotion and each recovery to a moment begins another one.
    package let timeline: Int64
    /// How often a restore was declared.
    package let epoch: Int64
    /// What copies raise while they serve; a commit of it that was answered is on the synchronous standby too, so no
    /// promotion loses it (R89).
    package let mark: Int64

    package init(place: DatabasePlace, timeline: Int64, epoch: Int64, mark: Int64) {
        self.place = place
        self.timeline = timeline
        self.epoch = epoch
        self.mark = mark
    }
}

/// What a database says of itself at one moment.
package struct RestoreSighting: Sendable, Equatable {
    /// Where it is.
    package let place: DatabasePlace
    package let timeline: Int64
    /// Where it was when it served last, and how far it had come; nil before it serves for the first time.
    package let served: LastSeen?
    /// Whether a restore was declared a few minutes ago.
    package let isFencedJustNow: Bool

    package init(place: DatabasePlace, timeline: Int64, served: LastSeen?, isFencedJustNow: Bool = false) {
        self.place = place
        self.timeline = timeline
        self.served = served
        self.isFencedJustNow = isFencedJustNow
    }

    /// Nil when nothing was lost: nobody has seen this database further on, or elsewhere (R91).
    ///
    /// A promotion begins a timeline and loses nothing that was seen; a recovery to a moment begins one, too, and is told by
    /// its mark.
    ///
    /// - Parameter seen: what the asking copy has seen last; nil when it never saw this database.
    package func sign(of seen: LastSeen?) -> RestoreSign? {
        guard let served else { return seen == nil ? nil : .neverServed }
        guard served.place.systemIdentifier == place.systemIdentifier else { return .otherServer }
        guard served.place.database == place.database else { return .otherDatabase }
        guard let seen else { return nil }
        // Another copy declared a restore since then: what this one saw is over.
        if served.epoch > seen.epoch { return nil }
        if served.epoch < seen.epoch { return .olderEpoch }
        guard seen.place == place else { return .otherServer }
        if served.mark < seen.mark { return .olderMark }
        return timeline < seen.timeline ? .olderTimeline : nil
    }
}

/// By what a restored database was told.
package enum RestoreSign: String, Sendable, CaseIterable {
    case neverServed = "never_served"
    case otherServer = "other_server"
    case otherDatabase = "other_database"
    case olderEpoch = "older_epoch"
    case olderMark = "older_mark"
    case olderTimeline = "older_timeline"

    /// What is the matter and what to do, in one sentence.
    package var sentence: String { "\(what); \(Self.advice)" }

    private var what: String {
        switch self {
        case .neverServed:
            "This copy has served with a database before, and this one has never served"
        case .otherServer:
            "This database served on another server last (PostgreSQL's system identifier differs)"
        case .otherDatabase:
            "This database served as another database of this server last"
        case .olderEpoch:
            "This database is from before a restore that was declared"
        case .olderMark:
            "This database is from before the moment until which this copy has seen it"
        case .olderTimeline:
            "This database is on an older timeline of PostgreSQL than this copy has seen"
        }
    }

    private static let advice =
        "it was restored from a backup, or it is the wrong one, and passcodes that were spent would be good once more: "
        + "correct database.url, or start one copy with “mfa-core serve --restored”."
}

/// Why mfa-core does not serve with this database; the reason is one sentence for the operator.
package struct RestoreError: Error, Sendable, CustomStringConvertible {
    package let reason: String

    package init(_ reason: String) {
        self.reason = reason
    }

    package var description: String { reason }
}

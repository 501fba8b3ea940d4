// SPDX-License-Identifier: Apache-2.0

/// The bounds of this room, each with its reason.
enum Limits {
    /// Statements that may wait for a lane; more would only be answered after their callers have given up.
    static let waitingPerLane = 4096
    /// Statements on their way on one reading connection: deep pipelines save a send and a wake-up each.
    static let readDepth = 64
    /// Commits on one connection are serial, each waits for its own flush, so few go on each.
    static let writeDepth = 8
    /// What the protocol can count.
    static let parametersMax = 65_535
    /// The server cuts longer names, and two statements could then meet under one.
    static let statementNameBytesMax = 63
    /// Pauses between attempts to connect double from the first to the last.
    static let reconnectPauseMin: Duration = .milliseconds(50)
    static let reconnectPauseMax: Duration = .seconds(3)
    /// How long a graceful stop waits for what is under way.
    static let drain: Duration = .seconds(5)
    /// How long a ROLLBACK may take before the connection is closed instead.
    static let rollback: Duration = .seconds(5)
    /// Notifications kept for one slow listener; beyond that it is told to read again.
    static let notificationsKept = 1024
    /// NULL results in a row that no correct exchange produces.
    static let emptyResultsMax = 16
}

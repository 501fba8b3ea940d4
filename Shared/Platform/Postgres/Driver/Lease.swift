// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// One transaction's claim on a connection of its own.
///
/// `@unchecked Sendable`: made by the caller, then touched by the reactor's thread only, but for ``hasCommitted``.
final class Lease: @unchecked Sendable {
    enum Phase {
        /// Nothing was asked for yet; no connection is held.
        case fresh
        /// In the lane's queue with what is to be sent once there is a connection.
        case waiting([Exchange])
        case attached(Slot)
        /// Committed, rolled back or lost; later statements get this error.
        case over(PostgresError)
    }

    let deadline: ContinuousClock.Instant
    /// Set by the caller after a clean COMMIT: nothing is left to do, and the reactor need not be asked.
    let hasCommitted = Atomic(false)
    var phase = Phase.fresh
    var hasBegun = false
    /// COMMIT was sent: nothing may follow it.
    var isCommitting = false
    /// Why the transaction did not commit, other than by the body's own wish; a body cannot swallow it.
    var failure: PostgresError?

    init(deadline: ContinuousClock.Instant) {
        self.deadline = deadline
    }
}

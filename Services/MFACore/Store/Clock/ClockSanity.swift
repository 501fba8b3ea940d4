// SPDX-License-Identifier: Apache-2.0
package import Primitives
import Synchronization

/// Whether this host's clock agrees with the database's, as seen by the last transaction.
package final class ClockSanity: Sendable {
    /// How far the two may be apart beside the time the question took.
    package static let tolerance: Duration = .seconds(2)

    private let sane = Atomic<Bool>(true)

    package init() {}

    /// False from the first disagreement until a later look agrees.
    package var isSane: Bool { sane.load(ordering: .relaxed) }

    /// Compares the database's time with the host's before and after asking.
    ///
    /// - Returns: whether they agree; where not, nothing may be evaluated or counted.
    @discardableResult
    package func judge(database: Instant, sent: Instant, received: Instant) -> Bool {
        let agrees = database >= sent - Self.tolerance && database <= received + Self.tolerance
        sane.store(agrees, ordering: .relaxed)
        return agrees
    }
}

// SPDX-License-Identifier: Apache-2.0
package import Logging
import Synchronization

/// Tells the log whose requests are turned away: each account and each address at most once a minute, since the metric
/// `mfa.door.shed` counts them all and a flood must not fill the log.
package final class ShedLog: Sendable {
    private enum Origin: Hashable {
        case account(String)
        case address(String)
        /// All that came after ``Limits/shedOriginsMax`` others, whoever it was.
        case others
    }

    private struct Entry {
        var toldAt: ContinuousClock.Instant
        /// Turned away since then.
        var untold = 0
    }

    private let logger: Logger
    private let now: @Sendable () -> ContinuousClock.Instant
    private let entries = Mutex<[Origin: Entry]>([:])

    /// - Parameter now: the monotonic clock; tests pass their own.
    package init(logger: Logger, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.logger = logger
        self.now = now
    }

    /// A request of an account that came in is turned away, or its answer is not held back.
    package func note(_ reason: ShedReason, account: String, address: String) {
        tell(.account(account), reason.rawValue, account: account, address: address)
    }

    /// Credentials were not looked at, because too many wrong ones had come from there.
    package func noteThrottled(name: String, address: String) {
        tell(
            .address(address), CredentialRefusal.throttled.rawValue, account: DoorAuditRow.actor(name),
            address: address)
    }

    private func tell(_ origin: Origin, _ reason: String, account: String, address: String) {
        let moment = now()
        let (known, count) = entries.withLock { Self.count(origin, in: &$0, at: moment) }
        guard let count else { return }
        let isOthers = known == .others
        logger.notice(
            "requests turned away",
            metadata: [
                "account": "\(isOthers ? "(others)" : account)", "address": "\(isOthers ? "(others)" : address)",
                "reason": "\(reason)", "count": "\(count)",
            ])
    }

    /// Under whom one more was counted, and how many there are to tell; nil while it is too early.
    private static func count(
        _ origin: Origin, in entries: inout [Origin: Entry], at now: ContinuousClock.Instant
    ) -> (Origin, Int?) {
        var origin = origin
        if entries[origin] == nil, entries.count >= Limits.shedOriginsMax {
            entries = entries.filter { now - $0.value.toldAt < Limits.shedLogInterval }
            if entries.count >= Limits.shedOriginsMax { origin = .others }
        }
        guard var entry = entries[origin] else {
            entries[origin] = Entry(toldAt: now)
            return (origin, 1)
        }
        entry.untold += 1
        let isTime = now - entry.toldAt >= Limits.shedLogInterval
        let count = entry.untold
        entries[origin] = isTime ? Entry(toldAt: now) : entry
        return (origin, isTime ? count : nil)
    }
}

// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import Synchronization

/// Puts the progress of a rotation into sentences: one at each step, and at most one a second in between.
final class RotationTeller: Sendable {
    private let say: @Sendable (String) -> Void
    private let saidAt = Mutex<ContinuousClock.Instant?>(nil)

    init(say: @escaping @Sendable (String) -> Void) {
        self.say = say
    }

    private func isDue(atLast isLast: Bool) -> Bool {
        saidAt.withLock { saidAt -> Bool in
            let now = ContinuousClock.now
            if let before = saidAt, !isLast, now - before < Duration.seconds(1) { return false }
            saidAt = now
            return true
        }
    }

    func tell(_ progress: KeyRotation.Progress) {
        switch progress {
        case .prepared(let id, true): say("Made data key \(id).")
        case .prepared(let id, false): say("Going on with the rotation to data key \(id).")
        case .waiting(let copies, let id):
            say("Waiting for \(copies.joined(separator: ", ")) to take over data key \(id).")
        case .current(let id): say("Data key \(id) seals from now on.")
        case .resealed(let done, let total):
            if isDue(atLast: done >= total) { say("Brought \(done) of \(max(done, total)) values under it.") }
        }
    }
}

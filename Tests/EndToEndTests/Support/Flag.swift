// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Something that one task says and many others look at.
final class Flag: Sendable {
    private let value = Atomic(false)

    var isRaised: Bool { value.load(ordering: .relaxed) }

    func raise() {
        value.store(true, ordering: .relaxed)
    }
}

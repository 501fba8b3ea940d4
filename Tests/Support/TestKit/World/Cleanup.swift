// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// What must be undone at the end, last in first out; every step runs, whatever the others do.
package final class Cleanup: Sendable {
    package typealias Step = @Sendable () async throws -> Void

    private let steps = Mutex<[Step]>([])

    package init() {}

    /// Undoes what was done just now.
    package func add(_ step: @escaping Step) {
        steps.withLock { $0.append(step) }
    }

    /// Undoes everything, once.
    package func run() async {
        while let step = steps.withLock({ $0.popLast() }) {
            try? await step()
        }
    }
}

// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// Runs `work`, which may block, on a thread of its own.
func onThread<R: Sendable>(_ work: @escaping @Sendable () throws -> R) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Result { try work() }) }.start()
    }
}

/// Runs `work`, which may block, on a thread of its own.
func onThread<R: Sendable>(_ work: @escaping @Sendable () -> R) async -> R {
    await withCheckedContinuation { continuation in
        Thread { continuation.resume(returning: work()) }.start()
    }
}

/// Asks again and again until `condition` holds, for what no event announces.
///
/// - Throws: ``TestKitError`` when it does not hold within `patience`.
package func eventually(
    _ what: String, within patience: Duration = .seconds(20), isolation: isolated (any Actor)? = #isolation,
    _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + patience
    while try await !condition() {
        guard .now < end else { throw TestKitError("It did not come true within \(patience): \(what).") }
        try await Task.sleep(for: .milliseconds(10))
    }
}

// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// The keyring that turns over in a running process: read again every few seconds, and at once when a row is under a key
/// that is not known yet, so that a rotation never makes a sign-in fail (R82).
package final class LiveKeyring: Sendable {
    private struct State {
        var keyring: Keyring
        /// The read that is under way; whoever needs one meanwhile waits for the same.
        var flight: Task<Reread, any Error>?
    }

    private let store: PostgresKeyStore
    private let state: Mutex<State>

    package init(_ keyring: Keyring, store: PostgresKeyStore) {
        self.store = store
        state = Mutex(State(keyring: keyring, flight: nil))
    }

    /// The keys of this moment; a decision takes them once and keeps to them.
    package var present: Keyring { state.withLock { $0.keyring } }

    /// Reads the keys again; what is known and unchanged is not opened anew.
    @discardableResult
    package func reread() async throws -> Reread {
        // Not a child of this task: it serves everybody who waits for it, and is bounded by the statement's deadline.
        let flight = state.withLock { state in
            if let running = state.flight { return running }
            let started = Task { [store] in
                defer { self.state.withLock { $0.flight = nil } }
                let reread = try await store.reread(self.present)
                self.state.withLock { $0.keyring = reread.keyring }
                return reread
            }
            state.flight = started
            return started
        }
        return try await flight.value
    }

    /// Looks for a key that a row named. Afterwards it is here, or known to be nowhere.
    func seek(_ id: Int64) async throws {
        // A read that was under way may have begun before the key was there; the next one cannot have.
        for _ in 0..<2 {
            if present.isSettled(id) { return }
            try await reread()
        }
        state.withLock { state in
            if !state.keyring.isSettled(id) { state.keyring = state.keyring.missing(id) }
        }
    }
}

/// What reading the keys again brought.
package struct Reread: Sendable {
    package let keyring: Keyring
    /// Data keys that do not open with this process's master key.
    package let unopened: [Int64]
    /// Whether the database has been given another master key since this process was started.
    package let hasFormerMaster: Bool
}

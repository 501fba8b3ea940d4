// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// A value that another thread will deliver, awaited by at most one task; only the first delivery counts.
final class Promise<Value: Sendable>: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<Result<Value, PostgresError>, Never>)
        case settled(Result<Value, PostgresError>)
    }

    private let state = Mutex(State.open)

    func settle(_ result: Result<Value, PostgresError>) {
        let continuation = state.withLock { state -> CheckedContinuation<Result<Value, PostgresError>, Never>? in
            switch state {
            case .settled: return nil
            case .open:
                state = .settled(result)
                return nil
            case .awaited(let continuation):
                state = .settled(result)
                return continuation
            }
        }
        continuation?.resume(returning: result)
    }

    /// Waits for the value; when `isAbandonable`, a cancelled task stops waiting at once with `.cancelled`.
    func wait(isAbandonable: Bool) async throws(PostgresError) -> Value {
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let settled = state.withLock { state -> Result<Value, PostgresError>? in
                    if case .settled(let result) = state { return result }
                    state = .awaited(continuation)
                    return nil
                }
                if let settled { continuation.resume(returning: settled) }
            }
        } onCancel: {
            if isAbandonable { settle(.failure(PostgresError(.cancelled, "the caller's task was cancelled"))) }
        }
        return try result.get()
    }
}

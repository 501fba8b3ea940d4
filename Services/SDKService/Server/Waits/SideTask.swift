// SPDX-License-Identifier: Apache-2.0

/// Work in a task of its own, for requests that wait afterwards.
///
/// A task keeps whatever memory its calls have once needed until it ends, and the task of a waiting request lives on for
/// a minute: what is done here is gone when it is done (docs/decisions/0006-memory-of-a-waiting-caller.md).
enum SideTask {
    static func run<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let task = Task(operation: work)
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }
}

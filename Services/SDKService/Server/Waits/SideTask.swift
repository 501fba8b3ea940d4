// SPDX-License-Identifier: Apache-2.0
import ServiceRuntime

/// Work in a task of its own, for requests that wait afterwards.
///
/// A task keeps whatever memory its calls have once needed until it ends, and the task of a connection lives for as long
/// as the connection: what is done here is gone when it is done (docs/decisions/0006-memory-of-a-waiting-caller.md).
/// No child task of Swift's: that one's room in its parent's frame would be kept as well.
enum SideTask {
    /// Returns what `work` does; it is cancelled with the caller, and runs on the thread of its connection.
    static func run<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let task = Task(executorPreference: EventLoopExecutor.ofThread, operation: work)
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }
}

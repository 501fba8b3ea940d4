// SPDX-License-Identifier: Apache-2.0
package import Hummingbird

/// What a response waits for, and the response when that has come.
package protocol ResponseHold: Sendable {
    /// Calls `wake` once, when the waiting is over; at once when it is over already. Called once itself.
    func whenOver(_ wake: @escaping @Sendable () -> Void)

    /// Nobody wants the response any more: the waiting is over soon.
    func giveUp()

    /// The response, asked for when the waiting is over.
    ///
    /// - Throws: ``HeldResponse`` when there is more to wait for; other errors are told as a handler's own are.
    func response() async throws -> Response
}

/// The promise of a response, which a handler throws instead of waiting for it.
///
/// Whoever waits in a handler keeps every frame of the way there for as long: router, middlewares, the handler itself.
/// With a promise they are gone by then, and whoever runs the router waits outside of them
/// (docs/decisions/0006-memory-of-a-waiting-caller.md).
package struct HeldResponse: Error {
    private let hold: any ResponseHold
    private let finish: (@Sendable (Result<Response, any Error>) -> Response)?

    package init(_ hold: any ResponseHold) {
        self.hold = hold
        finish = nil
    }

    private init(_ hold: any ResponseHold, _ finish: @escaping @Sendable (Result<Response, any Error>) -> Response) {
        self.hold = hold
        self.finish = finish
    }

    /// The same with what a middleware does to every response of its routes.
    func finished(_ finish: @escaping @Sendable (Result<Response, any Error>) -> Response) -> HeldResponse {
        guard let earlier = self.finish else { return HeldResponse(hold, finish) }
        return HeldResponse(hold) { finish(.success(earlier($0))) }
    }

    /// Returns when the waiting is over, at the latest when the task is cancelled.
    ///
    /// Never inlined, and nothing is awaited in here but a callback: this is the frame that lasts.
    @inline(never)
    package func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in hold.whenOver { continuation.resume() } }
        } onCancel: {
            hold.giveUp()
        }
    }

    /// The response after ``wait()``.
    ///
    /// - Throws: ``HeldResponse`` when there is more to wait for; what else may fail is told by the response, once a
    ///   middleware has finished the promise.
    package func response() async throws -> Response {
        guard let finish else { return try await hold.response() }
        do {
            return finish(.success(try await hold.response()))
        } catch let more as HeldResponse {
            throw more.finished(finish)
        } catch {
            return finish(.failure(error))
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package import Hummingbird

/// The promise of a response, which a handler throws instead of waiting for it.
///
/// Whoever waits in a handler keeps every frame of the way there for as long: router, middlewares, the handler itself.
/// With a promise they are gone by then, and whoever runs the router waits outside of them
/// (docs/decisions/0006-memory-of-a-waiting-caller.md).
package struct HeldResponse: Error {
    /// Waits, and makes the response; what it throws is told as a handler's own errors are.
    package let later: @Sendable () async throws -> Response

    package init(_ later: @escaping @Sendable () async throws -> Response) {
        self.later = later
    }

    /// The same with what a middleware does to every response of its routes.
    func finished(_ finish: @escaping @Sendable (Result<Response, any Error>) -> Response) -> HeldResponse {
        let later = later
        return HeldResponse {
            let result: Result<Response, any Error>
            do {
                result = .success(try await later())
            } catch {
                result = .failure(error)
            }
            return finish(result)
        }
    }
}

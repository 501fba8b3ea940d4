// SPDX-License-Identifier: Apache-2.0
package import Hummingbird
internal import Primitives

/// Turns every thrown error into problem details; the only place where errors meet HTTP.
package struct ProblemMiddleware<Context: PeerContext>: RouterMiddleware {
    package init() {}

    package func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            let problem = Problem(describing: error)
            problem.record(in: context.logger)
            let response = problem.response(requestID: context.requestID)
            return request.method == .head ? response.createHeadResponse() : response
        }
    }
}

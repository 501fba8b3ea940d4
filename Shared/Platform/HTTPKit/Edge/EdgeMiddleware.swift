// SPDX-License-Identifier: Apache-2.0
package import Hummingbird

/// What every listener of ours does around its routes: request id, access log and metrics, security headers, problem
/// details, method limits.
///
/// One middleware for all of it rather than one for each: every middleware's frames stay allocated for as long as a
/// request is under way, and thousands of callers wait a minute each for somebody's phone
/// (docs/decisions/0006-memory-of-a-waiting-caller.md).
package struct EdgeMiddleware<Context: PeerContext>: RouterMiddleware {
    private let identity = RequestIdentity()
    private let log: AccessLog
    private let profile: SecurityProfile

    /// - Parameter service: the product's name, such as `sdk-service`; a dimension of the metrics.
    package init(service: String, profile: SecurityProfile) {
        log = AccessLog(service: service)
        self.profile = profile
    }

    package func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var context = context
        let id = identity.establish(of: request, in: &context)
        let finish = { @Sendable [context] (result: Result<Response, any Error>) in
            finished(result, id: id, request, context, since: start)
        }
        do {
            try MethodLimit.check(request.method)
            return finish(.success(try await next(request, context)))
        } catch let held as HeldResponse {
            throw held.finished(finish)
        } catch {
            return finish(.failure(error))
        }
    }

    private func finished(
        _ result: Result<Response, any Error>, id: String, _ request: Request, _ context: Context,
        since start: ContinuousClock.Instant
    ) -> Response {
        var response: Response
        switch result {
        case .success(let made): response = made
        case .failure(let error): response = Self.answer(to: error, request, context)
        }
        profile.apply(to: &response.headers)
        log.record(request, response, in: context, took: .now - start)
        response.headers[.requestID] = id
        return response
    }

    /// The only place where errors meet HTTP.
    private static func answer(to error: any Error, _ request: Request, _ context: Context) -> Response {
        let problem = Problem(describing: error)
        problem.record(in: context.logger)
        let response = problem.response(requestID: context.requestID)
        return request.method == .head ? response.createHeadResponse() : response
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import HTTPKit
internal import HTTPTypes
internal import Hummingbird

/// Lets browsers name this site to itself.
///
/// Under the stricter `no-referrer` a browser sends `Origin: null` with every form (Fetch Standard, “append a request
/// Origin header”), and then no form could prove where it came from. Nothing is told to other sites either way.
struct RefererMiddleware: RouterMiddleware {
    private static let policy = HTTPField.Name.fixed("Referrer-Policy")

    func handle(
        _ request: Request, context: ServiceRequestContext,
        next: (Request, ServiceRequestContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        response.headers[Self.policy] = "same-origin"
        return response
    }
}

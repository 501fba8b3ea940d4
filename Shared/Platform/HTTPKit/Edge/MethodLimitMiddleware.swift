// SPDX-License-Identifier: Apache-2.0
package import Hummingbird

/// Refuses TRACE, CONNECT and everything else that no route here uses.
package struct MethodLimitMiddleware<Context: PeerContext>: RouterMiddleware {
    static var allowed: String { "GET, HEAD, POST, PUT, PATCH, DELETE" }

    package init() {}

    package func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        switch request.method {
        case .get, .head, .post, .put, .patch, .delete: try await next(request, context)
        default: throw Problem(EdgeCode.methodNotAllowed)
        }
    }
}

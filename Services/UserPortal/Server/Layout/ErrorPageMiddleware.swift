// SPDX-License-Identifier: Apache-2.0
internal import HTTPKit
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import Pages
internal import Primitives

/// Tells errors as pages, where programs would get problem details.
struct ErrorPageMiddleware: RouterMiddleware {
    /// Kinds of faults that have texts of their own; any other 4xx reads as 400, any other 5xx as 500.
    static let statuses = [400, 403, 404, 405, 413, 415, 429, 500, 503]

    let resources: PortalResources
    let paths: PortalPaths

    func handle(
        _ request: Request, context: ServiceRequestContext,
        next: (Request, ServiceRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            let problem = Problem(describing: UpstreamFault.problem(of: error) ?? error)
            record(problem, in: context.logger)
            var response = try page(for: problem, request: request, context: context)
            if let seconds = problem.retryAfterSeconds { response.headers[.retryAfter] = String(seconds) }
            // The rest of a refused body is not worth reading.
            if problem.code.status == 413 { response.headers[.connection] = "close" }
            return request.method == .head ? response.createHeadResponse() : response
        }
    }

    private func page(
        for problem: Problem, request: Request, context: ServiceRequestContext
    ) throws -> Response {
        let status = problem.code.status
        let language = resources.templates.strings.language(accepting: request.headers[.acceptLanguage])
        let base = paths.base(of: context.peer.originalTarget)
        let kind = Self.statuses.contains(status) ? status : status < 500 ? 400 : 500
        let strings = resources.templates.strings
        let model = ErrorPage(
            page: PageFrame(base: base, files: resources.files, token: "", name: nil),
            title: strings.text("error\(kind)Title", in: language),
            explanation: strings.text("error\(kind)Text", in: language), requestID: context.requestID)
        return PageDesk.html(
            try resources.templates.render(model, language: language), status: .init(code: status))
    }

    private func record(_ problem: Problem, in logger: Logger) {
        guard let reason = problem.reason else { return }
        logger.log(
            level: problem.code.status >= 500 ? .error : .debug, "request failed",
            metadata: ["code": "\(problem.code.rawValue)", "reason": "\(reason)"])
    }
}

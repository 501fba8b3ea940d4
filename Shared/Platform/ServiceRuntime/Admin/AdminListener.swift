// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
package import Hummingbird
package import Logging
import NIOCore
import ServiceLifecycle

/// The operators' listener: `/livez`, `/readyz`, `/metrics` and nothing else, over plain HTTP.
package struct AdminListener: Service {
    private let listener: HTTPListener<RouterResponder<BasicRequestContext>>

    package init(
        configuration: AdminConfiguration, readiness: Readiness, metrics: MetricsRegistry, logger: Logger,
        onListening: @escaping @Sendable (_ port: Int) -> Void = { _ in }
    ) {
        listener = HTTPListener(
            name: "admin",
            configuration: .plain(host: configuration.host, port: configuration.port),
            responder: Self.router(readiness: readiness, metrics: metrics).buildResponder(),
            logger: logger, onListening: onListening)
    }

    package func run() async throws {
        try await listener.run()
    }

    /// The three answers.
    package static func router(readiness: Readiness, metrics: MetricsRegistry) -> Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self)
        router.get("/livez") { _, _ in response(.ok, "text/plain; charset=utf-8", "alive\n") }
        router.get("/readyz") { _, _ in
            let report = readiness.report
            return response(report.isReady ? .ok : .serviceUnavailable, "application/json", report.json)
        }
        router.get("/metrics") { _, _ in response(.ok, PrometheusText.contentType, metrics.exposition()) }
        return router
    }

    private static func response(_ status: HTTPResponse.Status, _ type: String, _ text: String) -> Response {
        Response(
            status: status, headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}

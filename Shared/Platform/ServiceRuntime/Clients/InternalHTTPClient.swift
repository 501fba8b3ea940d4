// SPDX-License-Identifier: Apache-2.0

package import AsyncHTTPClient
package import Logging
import NIOCore
import ServiceLifecycle

/// The client for calls between our services: HTTP/1.1 kept alive, names and chains verified, no redirects followed.
///
/// Stand it before its users in the list of services: the group stops in reverse order, so it ends after them.
package struct InternalHTTPClient: Service {
    /// Shorter than a listener's patience with a connection that has sent nothing yet (``ConnectionDeadlines``), so
    /// that a request never meets a connection that is just being closed.
    private static let idleMax = (mutual: TimeAmount.seconds(30), oneSided: TimeAmount.seconds(8))
    private static let connectMax = TimeAmount.seconds(5)

    /// For whoever makes the calls; deadlines of requests are theirs to set.
    package let client: HTTPClient

    package init(configuration: InternalClientConfiguration, logger: Logger) {
        var settings = HTTPClient.Configuration(
            tlsConfiguration: configuration.tls,
            redirectConfiguration: .disallow,
            timeout: .init(connect: Self.connectMax),
            connectionPool: .init(
                idleTimeout: configuration.isMutual ? Self.idleMax.mutual : Self.idleMax.oneSided),
            ignoreUncleanSSLShutdown: false,
            decompression: .disabled)
        settings.httpVersion = .http1Only
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = configuration.connectionsMax
        // A refused copy must be told at once, so that the next one is tried within the caller's deadline.
        settings.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(
            eventLoopGroupProvider: .singleton, configuration: settings, backgroundActivityLogger: logger)
    }

    package func run() async throws {
        // Cancellation ends the wait as a graceful stop does; either way the client must be shut down.
        try? await gracefulShutdown()
        try await client.shutdown()
    }
}

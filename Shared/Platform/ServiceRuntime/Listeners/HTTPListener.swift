// SPDX-License-Identifier: Apache-2.0

package import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle

/// One socket that serves HTTP/1.1 with a responder, over TLS when the configuration has any.
///
/// While the service drains, each answer asks its client to come to another copy (`Connection: close`). At the graceful
/// stop that follows it accepts nothing more, finishes the requests it has and closes the rest. Logs one line
/// “listening” with its actual port when it is ready to accept.
package struct HTTPListener<Responder: HTTPResponder>: Service
where Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
    /// Request heads larger than this are refused: no header of ours comes near it.
    private static var headBytesMax: Int { 32 * 1_024 }
    private static var headersMax: Int { 100 }

    private let name: String
    private let configuration: ListenerConfiguration
    private let tls: ListenerTLS
    private let responder: Responder
    private let requiredPeer: String?
    private let draining: Draining?
    private let logger: Logger
    private let onListening: @Sendable (Int) -> Void

    /// - Parameters:
    ///   - name: for logs and metrics.
    ///   - tls: what handshakes are made with where that may change; nil for the configuration's, for good.
    ///   - requiredPeer: a URI that the client's certificate must carry, such as `countersign://service/sdk-service`.
    ///   - draining: tells that the service is about to stop.
    ///   - onListening: told the actual port.
    package init(
        name: String, configuration: ListenerConfiguration, tls: ListenerTLS? = nil, responder: Responder,
        requiredPeer: String? = nil, draining: Draining? = nil, logger: Logger,
        onListening: @escaping @Sendable (_ port: Int) -> Void = { _ in }
    ) {
        self.name = name
        self.configuration = configuration
        self.tls = tls ?? ListenerTLS(configuration.tls)
        self.responder = responder
        self.requiredPeer = requiredPeer
        self.draining = draining
        self.logger = logger
        self.onListening = onListening
    }

    package func run() async throws {
        // What cannot be used ends the start, not the first connection.
        _ = try tls.terms()
        let metrics = ListenerMetrics(
            name: name, connectionsMax: configuration.connectionsMax,
            connectionsPerAddressMax: configuration.connectionsPerAddressMax)
        let server = HTTPServerBuilder { responder in
            GuardedChannel(
                http: HTTP1Channel(
                    responder: responder,
                    configuration: .init(
                        httpDecoderConfiguration: .init(
                            maxHeaderFieldSize: Self.headBytesMax, maxHeaderListSize: Self.headBytesMax,
                            maxHeaderFieldCount: Self.headersMax))),
                tls: tls, limits: configuration.deadlines, requiredPeer: requiredPeer, draining: draining,
                metrics: metrics, clientTrust: configuration.clientTrust, proxies: configuration.proxies,
                proxyProtocol: configuration.proxyProtocol)
        }
        let application = Application(
            responder: responder, server: server,
            configuration: .init(
                address: .hostname(configuration.host, port: configuration.port), serverName: "Countersign",
                backlog: 1_024),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? configuration.port
                logger.info(
                    "listening",
                    metadata: ["listener": "\(name)", "host": "\(configuration.host)", "port": "\(port)"])
                onListening(port)
            },
            logger: logger)
        do {
            try await application.run()
        } catch let error as IOError {
            throw ListenerError(
                description: "cannot listen on \(configuration.host):\(configuration.port) (\(name)): \(error)")
        }
    }
}

/// Why a listener could not start, in a sentence for operators.
package struct ListenerError: Error, CustomStringConvertible {
    package let description: String
}

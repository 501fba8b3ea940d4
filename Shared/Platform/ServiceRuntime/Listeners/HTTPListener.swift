// SPDX-License-Identifier: Apache-2.0

package import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
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
    private let date = ResponseDate()

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
        let server = Server(
            childChannelSetup: GuardedChannel(
                http: HTTP1Channel(
                    responder: respond,
                    configuration: .init(
                        httpDecoderConfiguration: .init(
                            maxHeaderFieldSize: Self.headBytesMax, maxHeaderListSize: Self.headBytesMax,
                            maxHeaderFieldCount: Self.headersMax))),
                tls: tls, limits: configuration.deadlines, requiredPeer: requiredPeer, draining: draining,
                metrics: metrics, clientTrust: configuration.clientTrust, proxies: configuration.proxies,
                proxyProtocol: configuration.proxyProtocol),
            configuration: .init(
                address: .hostname(configuration.host, port: configuration.port), backlog: 1_024),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? configuration.port
                logger.info(
                    "listening",
                    metadata: ["listener": "\(name)", "host": "\(configuration.host)", "port": "\(port)"])
                onListening(port)
            },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger)
        do {
            try await server.run()
        } catch let error as IOError {
            throw ListenerError(
                description: "cannot listen on \(configuration.host):\(configuration.port) (\(name)): \(error)")
        }
    }

    /// One exchange.
    ///
    /// What Hummingbird's `Application` does around a responder is done here: its frames would last as long as a caller
    /// waits, and its ids for requests nobody reads (docs/decisions/0006-memory-of-a-waiting-caller.md).
    @Sendable private func respond(
        to request: Request, _ writer: consuming ResponseWriter, over channel: any Channel
    ) async throws {
        let response = try await response(to: request, over: channel)
        do {
            try await writer.write(response: response.head, body: response.body)
        } catch is HTTPParserError {
            // Thrown on as it is, it would be answered with a second response.
            throw ChannelError.ioOnClosedChannel
        }
    }

    private func response(to request: Request, over channel: any Channel) async throws -> Response {
        do {
            return finished(try await responder.respond(to: request, context: context(of: channel)))
        } catch let error as HTTPParserError {
            throw error
        } catch {
            return finished(failed(error))
        }
    }

    // Never inlined, these three: what they need would be part of a frame that lasts as long as the exchange.

    @inline(never)
    private func finished(_ response: Response) -> Response {
        var response = response
        response.headers[.date] = date.text()
        response.headers[.server] = "Countersign"
        return response
    }

    @inline(never)
    private func context(of channel: any Channel) -> Responder.Context {
        .init(source: .init(channel: channel, logger: logger))
    }

    @inline(never)
    private func failed(_ error: any Error) -> Response {
        logger.debug("a request was not answered", metadata: ["error": "\(error)"])
        return Response(status: .internalServerError)
    }
}

/// Why a listener could not start, in a sentence for operators.
package struct ListenerError: Error, CustomStringConvertible {
    package let description: String
}

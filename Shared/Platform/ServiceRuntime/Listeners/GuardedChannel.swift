// SPDX-License-Identifier: Apache-2.0

import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import Primitives

/// Hummingbird's HTTP/1.1 channel behind TLS, a limit of connections, deadlines and a look at the peer.
struct GuardedChannel: ServerChildChannel {
    struct Value: ServerChildChannelValue {
        let http: HTTP1Channel.Value
        let peer: PeerIdentity
        let executor: EventLoopExecutor
        /// Nil where no proxy is believed.
        let origin: ConnectionOrigin?

        var channel: any Channel { http.channel }
    }

    /// The connection was refused; it is closed already.
    struct Refused: Error {}

    let http: HTTP1Channel
    let tls: ListenerTLS
    let limits: ConnectionDeadlines.Limits
    let requiredPeer: String?
    let draining: Draining?
    let metrics: ListenerMetrics
    /// Nil where TLS alone looks at certificates.
    let clientTrust: ClientTrust?
    let proxies: TrustedProxies
    /// Whether each connection comes from one of ``proxies`` and begins with its word whom it speaks for.
    let proxyProtocol: Bool

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let address = channel.remoteAddress?.ipAddress ?? ""
        // Behind a proxy are many clients, and one address.
        let isProxy = IPAddress(parsing: address).map { proxies.contain($0) } ?? false
        guard metrics.enter(from: address, hasShare: !isProxy) else {
            channel.close(promise: nil)
            return channel.eventLoop.makeFailedFuture(Refused())
        }
        let peer = PeerIdentity(trust: clientTrust)
        channel.closeFuture.whenComplete { [metrics] _ in
            metrics.leave(from: address)
            peer.end.come()
        }
        let origin = proxies.networks.isEmpty ? nil : ConnectionOrigin(proxies)
        let secured = channel.eventLoop.makeCompletedFuture { () -> ListenerTLS.Terms? in
            if proxyProtocol, let origin { try expectProxy(on: channel, origin, logger) }
            guard let terms = try tls.terms() else { return nil }
            // With half-closure the TLS handler would wait out its time at every close that starts on our side.
            try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: false)
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: terms.context))
            return terms
        }
        return secured.flatMap { terms in
            http.setup(channel: channel, logger: logger).flatMapThrowing { value in
                try watch(channel, terms, peer: peer, logger: logger)
                return Value(http: value, peer: peer, executor: .current(of: channel.eventLoop), origin: origin)
            }
        }
    }

    func handle(value: Value, logger: Logger) async {
        await withTaskExecutorPreference(value.executor) {
            await PeerIdentity.$current.withValue(value.peer) {
                guard let origin = value.origin else { return await http.handle(value: value.http, logger: logger) }
                await ConnectionOrigin.$current.withValue(origin) {
                    await http.handle(value: value.http, logger: logger)
                }
            }
        }
    }

    /// Whoever is no proxy of ours could say of itself what it likes.
    private func expectProxy(on channel: any Channel, _ origin: ConnectionOrigin, _ logger: Logger) throws {
        let peer = channel.remoteAddress?.ipAddress.flatMap { IPAddress(parsing: $0) }
        guard let peer, proxies.contain(peer) else {
            metrics.refused(for: "proxy")
            channel.close(promise: nil)
            throw Refused()
        }
        try channel.pipeline.syncOperations.addHandler(
            ProxyProtocolHandler(origin, metrics: metrics, logger: logger))
    }

    /// Places one handler on either side of the HTTP codec.
    private func watch(_ channel: any Channel, _ terms: ListenerTLS.Terms?, peer: PeerIdentity, logger: Logger) throws {
        let connection = ConnectionGuard(
            channel: channel, limits: limits, listener: metrics, requiredPeer: requiredPeer,
            knowsPeer: terms?.isMutual ?? false, peer: peer, logger: logger)
        let pipeline = channel.pipeline.syncOperations
        let encoder = try pipeline.handler(type: HTTPResponseEncoder.self)
        let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
        try pipeline.addHandler(ByteWatch(connection, isTLS: terms != nil), position: .before(encoder))
        try pipeline.addHandler(PartWatch(connection, draining), position: .after(decoder))
    }
}

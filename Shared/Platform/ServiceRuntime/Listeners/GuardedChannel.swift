// SPDX-License-Identifier: Apache-2.0

import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL

/// Hummingbird's HTTP/1.1 channel behind TLS, a limit of connections, deadlines and a look at the peer.
struct GuardedChannel: ServerChildChannel {
    struct Value: ServerChildChannelValue {
        let http: HTTP1Channel.Value
        let peer: PeerIdentity

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

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        guard metrics.enter() else {
            channel.close(promise: nil)
            return channel.eventLoop.makeFailedFuture(Refused())
        }
        channel.closeFuture.whenComplete { [metrics] _ in metrics.leave() }
        let peer = PeerIdentity()
        let secured = channel.eventLoop.makeCompletedFuture { () -> ListenerTLS.Terms? in
            guard let terms = try tls.terms() else { return nil }
            // With half-closure the TLS handler would wait out its time at every close that starts on our side.
            try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: false)
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: terms.context))
            return terms
        }
        return secured.flatMap { terms in
            http.setup(channel: channel, logger: logger).flatMapThrowing { value in
                try watch(channel, terms, peer: peer, logger: logger)
                return Value(http: value, peer: peer)
            }
        }
    }

    func handle(value: Value, logger: Logger) async {
        await PeerIdentity.$current.withValue(value.peer) { await http.handle(value: value.http, logger: logger) }
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

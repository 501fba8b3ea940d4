// SPDX-License-Identifier: Apache-2.0

import Logging
import Metrics
import NIOCore
import NIOHTTP1
import NIOSSL
import NIOTLS
import Primitives

/// Keeps one connection's deadlines and looks at its peer's certificate. Lives on the connection's event loop.
///
/// Timers are cheap when nothing is slow: a pending one is left alone as long as it fires no later than the deadline.
final class ConnectionGuard {
    private let channel: any Channel
    private let listener: ListenerMetrics
    private let requiredPeer: String?
    private let peer: PeerIdentity
    private let logger: Logger
    private var deadlines: ConnectionDeadlines
    private var timer: Scheduled<Void>?
    private var timerFires: NIODeadline?
    private var isClosed = false

    init(
        channel: any Channel, limits: ConnectionDeadlines.Limits, listener: ListenerMetrics, requiredPeer: String?,
        knowsPeer: Bool, peer: PeerIdentity, logger: Logger
    ) {
        self.channel = channel
        self.deadlines = ConnectionDeadlines(limits: limits, knowsPeer: knowsPeer)
        self.listener = listener
        self.requiredPeer = requiredPeer
        self.peer = peer
        self.logger = logger
    }

    func handle(_ event: ConnectionDeadlines.Event) {
        deadlines.handle(event, at: .now())
    }

    /// Reads the peer's certificate; false when it is not good, or not the one this listener is for.
    func admitPeer() -> Bool {
        if let certificate = try? channel.pipeline.syncOperations.nioSSL_peerCertificate(),
            let objection = peer.learn(from: certificate)
        {
            logger.notice(
                "client certificate refused",
                metadata: [
                    "reason": "\(objection.rawValue)", "peer": "\(channel.remoteAddress?.ipAddress ?? "")",
                    "marks": "\(peer.certificate?.marks.map(\.description).joined(separator: " ") ?? "")",
                ])
            listener.refused(for: objection.rawValue)
            return false
        }
        guard let requiredPeer, !peer.uris.contains(requiredPeer) else { return true }
        logger.notice(
            "client certificate refused",
            metadata: ["expected": "\(requiredPeer)", "found": "\(peer.uris.joined(separator: " "))"])
        listener.refused(for: "peer")
        return false
    }

    /// Makes the timer fit the deadline; called when a batch of events is over.
    func settle() {
        guard !isClosed, let deadline = deadlines.deadline else { return }
        if let timerFires, timerFires <= deadline { return }
        timer?.cancel()
        timerFires = deadline
        timer = channel.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.timerFired() }
    }

    func close() {
        isClosed = true
        timer?.cancel()
        timer = nil
    }

    private func timerFired() {
        timer = nil
        timerFires = nil
        guard !isClosed, let deadline = deadlines.deadline else { return }
        guard deadline <= .now() else {
            settle()
            return
        }
        if deadlines.overrun != .idle {
            listener.refused(for: deadlines.overrun.rawValue)
            logger.debug("connection closed for taking too long", metadata: ["part": "\(deadlines.overrun.rawValue)"])
        }
        isClosed = true
        channel.close(mode: .all, promise: nil)
    }
}

/// Sits where bytes are plain but not yet parsed.
final class ByteWatch: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let connection: ConnectionGuard
    private let isTLS: Bool

    init(_ connection: ConnectionGuard, isTLS: Bool) {
        self.connection = connection
        self.isTLS = isTLS
    }

    func handlerAdded(context: ChannelHandlerContext) {
        connection.handle(isTLS ? .connected : .secured)
        connection.settle()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent {
            guard connection.admitPeer() else {
                context.close(promise: nil)
                return
            }
            connection.handle(.secured)
            connection.settle()
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection.handle(.bytes)
        guard isTLS else { return context.fireChannelRead(data) }
        // The TLS handler hands out 32 KiB that it wants back: whoever keeps a few bytes of them, such as the decoder
        // until the next request or a handler for as long as it has a body, would have it take another 32 KiB.
        let bytes = unwrapInboundIn(data)
        context.fireChannelRead(wrapInboundOut(context.channel.allocator.buffer(buffer: bytes)))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        connection.settle()
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        connection.close()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        connection.close()
    }
}

/// Sits where requests and answers are parts.
final class PartWatch: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let connection: ConnectionGuard
    private let draining: Draining?
    /// A head was refused: nothing behind it is read any more.
    private var hasRefused = false

    init(_ connection: ConnectionGuard, _ draining: Draining?) {
        self.connection = connection
        self.draining = draining
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasRefused else { return }
        switch unwrapInboundIn(data) {
        case .head(let head) where Self.isAmbiguous(head): return refuse(context)
        case .head: connection.handle(.head)
        case .body: break
        case .end: connection.handle(.end)
        }
        context.fireChannelRead(data)
    }

    /// Whether another reader might see the body end elsewhere: a transfer coding that is not just chunked (RFC 9112 §6.1).
    private static func isAmbiguous(_ head: HTTPRequestHead) -> Bool {
        let codings = head.headers["transfer-encoding"]
        return !codings.isEmpty && !(codings.count == 1 && codings[0].lowercased() == "chunked")
    }

    private func refuse(_ context: ChannelHandlerContext) {
        hasRefused = true
        let head = HTTPResponseHead(
            version: .http1_1, status: .badRequest, headers: ["connection": "close", "content-length": "0"])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.close(promise: nil)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head) where draining?.hasBegun == true:
            // A request sent on a kept connection while we close it would be lost, and its client could not tell.
            head.headers.replaceOrAdd(name: "connection", value: "close")
            context.write(wrapOutboundOut(.head(head)), promise: promise)
            return
        case .end:
            connection.handle(.answered)
            connection.settle()
        case .head, .body: break
        }
        context.write(data, promise: promise)
    }
}

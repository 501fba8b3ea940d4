// SPDX-License-Identifier: Apache-2.0

import Logging
import NIOCore
import Primitives

/// Takes the PROXY protocol's header off a connection, before TLS. What it may take is bounded by
/// ``ProxyProtocolHeader``, how long by the deadline of the handshake that follows.
final class ProxyProtocolHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let origin: ConnectionOrigin
    private let metrics: ListenerMetrics
    private let logger: Logger
    private var received = ByteBuffer()
    private var isOver = false

    init(_ origin: ConnectionOrigin, metrics: ListenerMetrics, logger: Logger) {
        self.origin = origin
        self.metrics = metrics
        self.logger = logger
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else {
            context.fireChannelRead(data)
            return
        }
        var bytes = unwrapInboundIn(data)
        received.writeBuffer(&bytes)
        switch ProxyProtocolHeader(received.readableBytesView) {
        case .incomplete: return
        case .fault:
            isOver = true
            received.clear()
            metrics.refused(for: "proxy")
            logger.notice("connection refused: no PROXY header of a kind that is known")
            context.close(promise: nil)
        case .complete(let source, let length):
            isOver = true
            if let source { origin.announce(source) }
            received.moveReaderIndex(forwardBy: length)
            let rest = received
            received = ByteBuffer()
            if rest.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(rest)) }
        }
    }
}

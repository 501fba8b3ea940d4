// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOSSL

/// One delivery on its connection, behind TLS: everything, our farewell, and then the receiver's end.
///
/// | what happens | before our farewell | after it |
/// |---|---|---|
/// | the receiver closes | a fault | done: it came to the end of what it read |
/// | the connection is reset | a fault | a fault: something was left unread |
/// | time is over | a fault | a fault |
final class SyslogExchange: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var ended: EventLoopPromise<Void>?
    private var alarm: Scheduled<Void>?
    private var fault: (any Error)?
    private var hasSaidFarewell = false
    private var isOver = false

    /// Sends `frames` as soon as TLS stands, and our farewell behind them. Called once.
    ///
    /// - Returns: succeeds when the receiver has read everything.
    func send(_ frames: ByteBuffer, on channel: any Channel, within patience: TimeAmount) -> EventLoopFuture<Void> {
        let ended = channel.eventLoop.makePromise(of: Void.self)
        if isOver {
            ended.fail(fault ?? SyslogFault(.broken, "the receiver closed the connection at once"))
            return ended.futureResult
        }
        self.ended = ended
        alarm = channel.eventLoop.assumeIsolated().scheduleTask(in: patience) {
            self.giveUp(SyslogFault(.silent, "the receiver did not read everything within \(patience)"), on: channel)
        }
        channel.writeAndFlush(frames).assumeIsolated().whenSuccess {
            guard !self.isOver else { return }
            self.hasSaidFarewell = true
            channel.close(mode: .output, promise: nil)
        }
        return ended.futureResult
    }

    /// Ends it without waiting for the receiver.
    func giveUp(_ error: any Error, on channel: any Channel) {
        if fault == nil { fault = error }
        finish()
        channel.close(mode: .all, promise: nil)
    }

    /// A receiver has nothing to say; what it says all the same is not read.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // rsyslog, for one, closes without a farewell in TLS when it has read ours.
        if hasSaidFarewell, let error = error as? NIOSSLError, case .uncleanShutdown = error { return }
        if fault == nil { fault = error }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { finish() }

    private func finish() {
        guard !isOver else { return }
        isOver = true
        alarm?.cancel()
        alarm = nil
        guard let ended else { return }
        self.ended = nil
        if let fault {
            ended.fail(fault)
        } else if hasSaidFarewell {
            ended.succeed(())
        } else {
            ended.fail(SyslogFault(.broken, "the receiver closed the connection before it had everything"))
        }
    }
}

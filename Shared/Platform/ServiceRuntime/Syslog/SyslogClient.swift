// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix
package import NIOSSL
import Primitives
import Synchronization

/// Brings messages to a syslog receiver over TLS and knows afterwards that they were read.
///
/// RFC 5425 has no acknowledgements: bytes that were written may lie in a buffer of a receiver that dies. But one
/// that is told the end closes the connection when it comes to it, and the end stands behind everything else. So each
/// delivery has a connection of its own, and counts when that was closed in answer to our own farewell.
package final class SyslogClient: Sendable {
    private struct State {
        var configuration: TLSConfiguration
        var context: NIOSSLContext?
    }

    private struct Sending: Sendable {
        let channel: any Channel
        let ended: EventLoopFuture<Void>
    }

    private static let connectMax = TimeAmount.seconds(5)

    private let host: String
    private let port: Int
    private let patience: TimeAmount
    private let state: Mutex<State>

    /// - Parameter patience: how long a delivery may take once there is a connection.
    package init(_ configuration: SyslogConfiguration, patience: Duration = .seconds(30)) {
        host = configuration.host
        port = configuration.port
        self.patience = TimeAmount(patience)
        state = Mutex(State(configuration: configuration.tls))
    }

    /// Prepares to make the next connections with another TLS configuration; nil when it is the same.
    package func preparing(_ fresh: TLSConfiguration) throws -> (@Sendable () -> Void)? {
        if state.withLock({ $0.configuration.isLike(fresh) }) { return nil }
        let context = try NIOSSLContext(configuration: fresh)
        return { self.state.withLock { $0 = State(configuration: fresh, context: context) } }
    }

    /// Sends `frames` and returns when the receiver has read all of them.
    ///
    /// - Throws: ``SyslogFault``; it may have read some of them, or all, unless it is `unreachable` or `untrusted`.
    ///   `CancellationError` when the task was cancelled meanwhile.
    package func deliver(_ frames: [UInt8]) async throws {
        let sending = try await connect(frames)
        do {
            try await withTaskCancellationHandler {
                try await sending.ended.get()
            } onCancel: {
                let channel = sending.channel
                channel.eventLoop.execute {
                    // Gone from the pipeline means over.
                    let exchange = try? channel.pipeline.syncOperations.handler(type: SyslogExchange.self)
                    exchange?.giveUp(CancellationError(), on: channel)
                }
            }
        } catch {
            throw Self.told(error)
        }
    }

    private func connect(_ frames: [UInt8]) async throws -> Sending {
        let (context, patience) = (try self.context(), self.patience)
        // A certificate names addresses apart from names, and no address goes into the handshake.
        let name = IPAddress(parsing: host) == nil ? host : nil
        let buffer = ByteBuffer(bytes: frames)
        do {
            return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(Self.connectMax)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: name))
                        try pipeline.addHandler(SyslogExchange())
                    }
                }
                .connect(host: host, port: port)
                // On the loop of the connection, before the handshake has had any answer.
                .flatMapThrowing { channel in
                    let exchange = try channel.pipeline.syncOperations.handler(type: SyslogExchange.self)
                    return Sending(channel: channel, ended: exchange.send(buffer, on: channel, within: patience))
                }
                .get()
        } catch {
            throw SyslogFault(.unreachable, "\(error)")
        }
    }

    private func context() throws -> NIOSSLContext {
        try state.withLock { state in
            if let context = state.context { return context }
            do {
                let context = try NIOSSLContext(configuration: state.configuration)
                state.context = context
                return context
            } catch {
                throw SyslogFault(.untrusted, "\(error)")
            }
        }
    }

    private static func told(_ error: any Error) -> any Error {
        switch error {
        case is SyslogFault, is CancellationError: return error
        case let error as NIOSSLError:
            if case .handshakeFailed = error { return SyslogFault(.untrusted, "\(error)") }
            return SyslogFault(.broken, "\(error)")
        case is NIOSSLExtraError: return SyslogFault(.untrusted, "\(error)")
        default: return SyslogFault(.broken, "\(error)")
        }
    }
}

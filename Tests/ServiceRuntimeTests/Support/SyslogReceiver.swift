// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix
import NIOSSL
import ServiceRuntime
import Synchronization

/// A syslog receiver on a free port of 127.0.0.1, for as long as `body` runs.
final class SyslogReceiver: Sendable {
    /// What it does with a connection.
    enum Manner: Sendable {
        /// Reads to the end, and closes then.
        case reads
        /// Dies when a good deal has come, with more of it unread.
        case dies
        /// Reads nothing.
        case stares
    }

    private let bytes = Mutex<[UInt8]>([])
    private let channel = Mutex<(any Channel)?>(nil)

    /// Everything that came, from all connections.
    var received: [UInt8] { bytes.withLock { $0 } }

    var port: Int { channel.withLock { $0?.localAddress?.port } ?? 0 }

    static func with<R: Sendable>(
        _ tls: TLSConfiguration, manner: Manner = .reads, _ body: (SyslogReceiver) async throws -> R
    ) async throws -> R {
        let receiver = SyslogReceiver()
        let context = try NIOSSLContext(configuration: tls)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(ChannelOptions.autoRead, value: manner != .stares)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    // Before TLS, so that nobody is told of the end.
                    if manner == .dies { try pipeline.addHandler(Guillotine()) }
                    try pipeline.addHandler(NIOSSLServerHandler(context: context))
                    try pipeline.addHandler(Sink(receiver))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        receiver.channel.withLock { $0 = server }
        let result: Result<R, any Error>
        do { result = .success(try await body(receiver)) } catch { result = .failure(error) }
        try await server.close()
        return try result.get()
    }

    fileprivate func add(_ buffer: ByteBuffer) {
        bytes.withLock { $0.append(contentsOf: buffer.readableBytesView) }
    }
}

/// Keeps what comes.
private final class Sink: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let receiver: SyslogReceiver

    init(_ receiver: SyslogReceiver) {
        self.receiver = receiver
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { receiver.add(unwrapInboundIn(data)) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// Cuts a connection off when more bytes have come than a handshake has.
private final class Guillotine: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private static let bytesMax = 100_000

    private var bytes = 0

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes += unwrapInboundIn(data).readableBytes
        if bytes > Self.bytesMax { return context.close(promise: nil) }
        context.fireChannelRead(data)
    }
}

// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import NIOPosix
package import NIOSSL

/// A client that sends exactly the bytes it is told to.
package struct RawConnection {
    /// What came back until the server closed, and what went wrong meanwhile.
    package struct Outcome: Sendable {
        package var received = ""
        package var fault: String?

        package init() {}

        /// How many answers began.
        package var answers: Int { received.ranges(of: "HTTP/1.1 ").count }
    }

    private typealias Channel = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// Sends `pieces` one after another and reads until the server closes the connection.
    ///
    /// - Parameters:
    ///   - source: the client's own address, of 127.0.0.0/8.
    ///   - before: sent as it stands before TLS begins.
    ///   - pace: the pause between two pieces.
    package static func talk(
        to port: Int, from source: String = "127.0.0.1", tls: TLSConfiguration? = nil, before: String? = nil,
        pieces: [String], pace: Duration = .zero
    ) async -> Outcome {
        var outcome = Outcome()
        do {
            let channel = try await connect(to: port, from: source, tls: tls, before: before)
            try await channel.executeThenClose { inbound, outbound in
                await withTaskGroup(of: Void.self) { group in
                    group.addTask {
                        for piece in pieces {
                            // A server that closed meanwhile shows in what is read, or is not.
                            try? await outbound.write(ByteBuffer(string: piece))
                            if pace > .zero { try? await Task.sleep(for: pace) }
                        }
                    }
                    do {
                        for try await bytes in inbound { outcome.received += String(buffer: bytes) }
                    } catch {
                        outcome.fault = "\(error)"
                    }
                    group.cancelAll()
                }
            }
        } catch {
            outcome.fault = outcome.fault ?? "\(error)"
        }
        return outcome
    }

    /// Holds a connection on which one request was answered while `body` runs.
    package static func holding<Value: Sendable>(
        _ port: Int, _ body: () async throws -> Value
    ) async throws -> Value {
        let channel = try await connect(to: port, from: "127.0.0.1", tls: nil)
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: "GET / HTTP/1.1\r\nhost: test\r\n\r\n"))
            var received = ""
            var iterator = inbound.makeAsyncIterator()
            while !received.hasSuffix("hello"), let bytes = try await iterator.next() {
                received += String(buffer: bytes)
            }
            return try await body()
        }
    }

    private static func connect(
        to port: Int, from source: String, tls: TLSConfiguration?, before: String? = nil
    ) async throws -> Channel {
        let context = try tls.map { try NIOSSLContext(configuration: $0) }
        return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(5))
            .bind(to: SocketAddress(ipAddress: source, port: 0))
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let before { try channel.pipeline.syncOperations.addHandler(Foreword(before)) }
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: context, serverHostname: "localhost"))
                    }
                    return try Channel(wrappingChannelSynchronously: channel)
                }
            }
    }
}

/// Sends a text before anything else is sent.
private final class Foreword: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let text: String

    init(_ text: String) {
        self.text = text
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        context.fireChannelActive()
    }
}

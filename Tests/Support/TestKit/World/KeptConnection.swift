// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import Primitives

/// One TLS connection to a service on this machine, kept for as long as a test needs it, whatever pools would do.
package final class KeptConnection {
    private typealias Wire = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    private let channel: any Channel
    private let outbound: NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>
    private var answers: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator

    private init(
        _ channel: any Channel, _ inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>,
        _ outbound: NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>
    ) {
        self.channel = channel
        self.outbound = outbound
        answers = inbound.makeAsyncIterator()
    }

    /// Opens a connection to `localhost` and closes it after `body`.
    ///
    /// - Parameters:
    ///   - trustRoots: PEM file of the only authority to trust.
    ///   - identity: folder with `certificate.pem` and `key.pem` to show to servers that ask.
    package static func with<R: Sendable>(
        port: Int, trustRoots: String, identity: String? = nil, _ body: (KeptConnection) async throws -> R
    ) async throws -> R {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .file(trustRoots)
        if let identity {
            tls.certificateChain = try NIOSSLCertificate.fromPEMFile("\(identity)/certificate.pem")
                .map { .certificate($0) }
            tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: "\(identity)/key.pem", format: .pem))
        }
        let context = try NIOSSLContext(configuration: tls)
        let wire = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(10))
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: "localhost"))
                    try pipeline.addHTTPClientHandlers()
                    return try Wire(wrappingChannelSynchronously: channel)
                }
            }
        return try await wire.executeThenClose { inbound, outbound in
            try await body(KeptConnection(wire.channel, inbound, outbound))
        }
    }

    /// Asks once and waits for the whole answer: its status.
    ///
    /// - Throws: ``NoReply`` when the connection ends instead.
    package func get(_ path: String, headers: [(String, String)] = []) async throws -> Int {
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: path)
        head.headers = HTTPHeaders([("host", "localhost")] + headers)
        do {
            try await outbound.write(.head(head))
            try await outbound.write(.end(nil))
            var status = 0
            while let part = try await answers.next() {
                switch part {
                case .head(let head): status = Int(head.status.code)
                case .body: break
                case .end: return status
                }
            }
        } catch {
            throw NoReply(description: "GET \(path): \(error)")
        }
        throw NoReply(description: "GET \(path): the connection was closed")
    }

    /// The serial number of the certificate that the server showed, in hexadecimal; known once something was answered.
    package func serverSerial() async throws -> String {
        let channel = channel
        return try await channel.eventLoop.submit {
            let certificate = try channel.pipeline.syncOperations.nioSSL_peerCertificate()
            return Hex.encode(certificate?.serialNumber ?? [])
        }.get()
    }
}

// SPDX-License-Identifier: Apache-2.0

internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL

/// What a service answered, uninterpreted.
package struct Reply: Sendable {
    package let status: Int
    /// In the order they came, names as they were written.
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]

    package var json: JSON { JSON(parsing: body) ?? .null }
    package var text: String { String(decoding: body, as: UTF8.self) }

    /// The stable `code` of a problem.
    package var code: String? { json["code"]?.text }

    /// The first header of that name, in any letter case.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// A member of the JSON body.
    package subscript(key: String) -> JSON? { json[key] }
}

/// No answer came at all.
package struct NoReply: Error, CustomStringConvertible {
    package let description: String
}

/// HTTPS as any stranger speaks it: trusts one authority, verifies names, follows nothing, keeps connections.
package final class WebClient: Sendable {
    private static let bodyBytesMax = 1 << 22

    private let client: HTTPClient

    /// - Parameters:
    ///   - trustRoots: PEM file of the only authority to trust; nil for plain HTTP to operators' listeners.
    ///   - identity: folder with `certificate.pem` and `key.pem` to show to servers that ask.
    ///   - connectionsMax: to each server; whoever waits for an answer keeps one.
    package init(trustRoots: String? = nil, identity: String? = nil, connectionsMax: Int = 256) throws {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let trustRoots { tls.trustRoots = .file(trustRoots) }
        if let identity {
            tls.certificateChain = try NIOSSLCertificate.fromPEMFile("\(identity)/certificate.pem")
                .map { .certificate($0) }
            tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: "\(identity)/key.pem", format: .pem))
        }
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.httpVersion = .http1Only
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .seconds(10)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connectionsMax
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    package func close() async {
        try? await client.shutdown()
    }

    /// Sends one request and waits for the whole answer; any status is an answer.
    package func send(
        _ method: String, _ url: String, headers: [(String, String)] = [], body: [UInt8]? = nil,
        within patience: Duration = .seconds(70)
    ) async throws -> Reply {
        var request = HTTPClientRequest(url: url)
        request.method = HTTPMethod(rawValue: method)
        request.headers = HTTPHeaders(headers)
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        do {
            let response = try await client.execute(
                request, timeout: .nanoseconds(Int64(patience / .nanoseconds(1))))
            let bytes = try await response.body.collect(upTo: Self.bodyBytesMax)
            return Reply(
                status: Int(response.status.code), headers: response.headers.map { ($0.name, $0.value) },
                body: Array(bytes.readableBytesView))
        } catch let error where !(error is CancellationError) {
            throw NoReply(description: "\(method) \(url): \(error)")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization

/// What a service answered, uninterpreted.
package struct PhoneReply: Sendable {
    package let status: Int
    /// By lower-case name.
    package let headers: [String: String]
    package let body: [UInt8]
}

/// HTTPS for phones. Phones that trust the same roots share their connections, as apps on one device would.
struct PhoneTransport: Sendable {
    private static let clients = Mutex<[String: HTTPClient]>([:])
    /// Longer than any answer of the contract takes, since none of the phone's calls waits for a person.
    private static let answerMax = TimeAmount.seconds(30)
    private static let bodyBytesMax = 1 << 20

    private let client: HTTPClient

    /// - Parameter trustRootsPath: PEM of the only certification authorities to trust; nil for the system's.
    init(trustRootsPath: String?) throws {
        if let trustRootsPath, !FileManager.default.isReadableFile(atPath: trustRootsPath) {
            throw PhoneError.file(path: trustRootsPath, reason: "there is nothing to read")
        }
        client = Self.clients.withLock { clients in
            let name = trustRootsPath ?? ""
            if let client = clients[name] { return client }
            let client = Self.makeClient(trustRootsPath)
            clients[name] = client
            return client
        }
    }

    func send(_ method: String, _ url: String, headers: PhoneHeaders, body: [UInt8]) async throws -> PhoneReply {
        var request = HTTPClientRequest(url: url)
        request.method = HTTPMethod(rawValue: method)
        request.headers = headers.fields
        if !body.isEmpty { request.body = .bytes(ByteBuffer(bytes: body)) }
        let response: HTTPClientResponse
        let received: ByteBuffer
        do {
            response = try await client.execute(request, timeout: Self.answerMax)
            received = try await response.body.collect(upTo: Self.bodyBytesMax)
        } catch {
            throw PhoneError.unreachable(url: url, reason: Self.reason(error))
        }
        let pairs = response.headers.map { ($0.name.lowercased(), $0.value) }
        return PhoneReply(
            status: Int(response.status.code), headers: Dictionary(pairs) { first, _ in first },
            body: Array(received.readableBytesView))
    }

    private static func makeClient(_ trustRootsPath: String?) -> HTTPClient {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if let trustRootsPath { tls.trustRoots = .file(trustRootsPath) }
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.httpVersion = .http1Only
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .seconds(10)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 128
        return HTTPClient(configuration: configuration)
    }

    private static func reason(_ error: any Error) -> String {
        if case NIOSSLError.handshakeFailed(let cause) = error, "\(cause)".contains("CERTIFICATE_VERIFY_FAILED") {
            return "its certificate is not signed by an authority that this phone trusts"
        }
        return "\(error)"
    }
}

/// The headers of one request.
struct PhoneHeaders {
    var contentType = "application/json"
    var device: (id: String, nonce: String, signature: String)?

    /// The headers as they are sent.
    var fields: HTTPHeaders {
        guard let device else { return ["Content-Type": contentType] }
        return [
            "Content-Type": contentType, "X-Device-Id": device.id, "X-Device-Nonce": device.nonce,
            "X-Device-Signature": device.signature,
        ]
    }
}

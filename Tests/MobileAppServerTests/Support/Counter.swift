// SPDX-License-Identifier: Apache-2.0
import AsyncHTTPClient
import Foundation
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import MFAAPI
import MFAClient
import MobileAppServer
import NIOCore
import Primitives
import ServiceRuntime
import TestKit

/// mobileapp-service's listener in front of a ``FakeSDK``.
struct Counter: Sendable {
    let sdk: FakeSDK
    let calls: SDKCalls
    let client: any TestClientProtocol

    /// The headers of a signed request.
    static let signed: HTTPFields = [
        .fixed(HeaderNames.deviceID): "device-1", .fixed(HeaderNames.deviceNonce): "nonce-1",
        .fixed(HeaderNames.deviceSignature): "signature-1",
    ]

    static func open<R: Sendable>(
        prefixes: [String] = ["/PA"], on setup: TestingSetup = .router, sdkURL: String? = nil,
        _ body: @escaping @Sendable (Counter) async throws -> R
    ) async throws -> R {
        try await FakeSDK.with { sdk in
            let url = sdkURL ?? sdk.url
            let tls = TLSPolicy.client(roots: nil, certificates: [], key: nil)
            let http = InternalHTTPClient(
                configuration: InternalClientConfiguration(urls: [url], tls: tls), logger: .silent)
            let client = MFAClient(
                http: http.client, urls: [url + Paths.api],
                credentials: BasicCredentials(name: "mobile", secret: SecretBytes(utf8: "cs_1_secret")))
            let calls = SDKCalls(client)
            let application = Application(
                responder: Routes(calls: calls, prefixes: prefixes).responder(), logger: .silent)
            do {
                let result = try await application.test(setup) { client in
                    try await body(Counter(sdk: sdk, calls: calls, client: client))
                }
                try await http.client.shutdown()
                return result
            } catch {
                try await http.client.shutdown()
                throw error
            }
        }
    }

    func send(
        _ method: HTTPRequest.Method, _ target: String, headers: HTTPFields = [:], body: String? = nil
    ) async throws -> TestResponse {
        var fields = headers
        if body != nil, fields[.contentType] == nil { fields[.contentType] = "application/json" }
        return try await client.execute(
            uri: target, method: method, headers: fields, body: body.map { ByteBuffer(string: $0) })
    }
}

extension TestResponse {
    /// The body as text.
    var text: String { String(buffer: body) }

    /// The `code` of problem details.
    var code: String? {
        (try? JSONDecoder().decode(ProblemResponse.self, from: Data(body.readableBytesView)))?.code
    }
}

extension FakeSDK.Call {
    /// The body as a signed request.
    var deviceRequest: DeviceRequest? {
        try? JSONDecoder().decode(DeviceRequest.self, from: Data(body.utf8))
    }
}

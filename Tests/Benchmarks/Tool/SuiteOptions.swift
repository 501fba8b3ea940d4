// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import AsyncHTTPClient
import Foundation
import MFAClient
import NIOCore
import NIOSSL
import Primitives

/// Where the measured suite is, and the accounts to call it with.
struct SuiteOptions: ParsableArguments {
    @Option(help: "Base URL of sdk-service, such as https://localhost:8442/api/v1.")
    var url: String

    @Option(name: .customLong("ca"), help: "PEM of the authority to trust.", completion: .file())
    var authority: String

    @Option(help: "Folder with a file NAME.secret for each service account.", completion: .directory)
    var secrets: String

    /// Makes an HTTP client that keeps up to `connections` connections.
    func http(connections: Int) -> HTTPClient {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .file(authority)
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.httpVersion = .http1Only
        configuration.timeout.connect = .seconds(60)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connections
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(configuration: configuration)
    }

    /// A client with the secret of `account`.
    func client(_ account: String, over http: HTTPClient) throws -> MFAClient {
        let secret = try String(contentsOfFile: "\(secrets)/\(account).secret", encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        return MFAClient(
            http: http, urls: [url], credentials: BasicCredentials(name: account, secret: SecretBytes(utf8: secret)))
    }
}

/// Runs `body` for each number below `count`, `width` of them at once; the results in order.
func inParallel<Result: Sendable>(
    _ count: Int, width: Int, _ body: @escaping @Sendable (Int) async throws -> Result
) async throws -> [Result] {
    try await withThrowingTaskGroup(of: (Int, Result).self) { group in
        var results = [Result?](repeating: nil, count: count)
        var next = 0
        func addNext() {
            guard next < count else { return }
            let number = next
            next += 1
            group.addTask { (number, try await body(number)) }
        }
        for _ in 0..<width { addNext() }
        while let (number, result) = try await group.next() {
            results[number] = result
            addNext()
        }
        return results.compactMap { $0 }
    }
}

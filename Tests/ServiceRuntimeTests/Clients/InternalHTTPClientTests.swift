// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import Logging
import NIOCore
import Primitives
import ServiceLifecycle
import ServiceRuntime
import Testing

struct InternalHTTPClientTests {
    private func configuration(
        _ overrides: [String], mutual: Bool = true
    ) throws -> (InternalClientConfiguration, [String]) {
        var settings = try ServiceSettings.read(
            service: "sdk-service", file: nil, environment: [:], overrides: overrides,
            known: InternalClientConfiguration.keys(
                section: "core", defaultURL: "https://localhost:8440", mutual: mutual))
        let configuration = InternalClientConfiguration(
            section: "core", defaultURL: "https://localhost:8440", mutual: mutual, reading: &settings.reader)
        return (configuration, settings.problems)
    }

    @Test func `calls another service over mutual TLS`() async throws {
        let folder = try TestFolder()
        let authority = try TestAuthority()
        let own = try authority.issue(uri: "countersign://service/sdk-service")
        let server = try authority.issue()
        let ca = try folder.file("ca", authority.pem)
        let certificate = try folder.file("c", own.certificate)
        let key = try folder.file("k", own.key)
        let listener = ListenerConfiguration(
            host: "127.0.0.1", port: 0,
            tls: TLSPolicy.server(
                certificates: try server.certificates, key: try server.privateKey,
                clientCA: try authority.certificates))
        try await RunningListener.with(listener, requiredPeer: "countersign://service/sdk-service") { running in
            let (configuration, problems) = try configuration([
                "core.urls=https://localhost:\(running.port)/", "core.ca=\(ca)", "core.certificate=\(certificate)",
                "core.privateKey=\(key)",
            ])
            #expect(problems == [])
            #expect(configuration.urls == ["https://localhost:\(running.port)"])
            try await withClient(configuration) { client in
                let answer = try await client.execute(
                    HTTPClientRequest(url: "\(configuration.urls[0])/peer"), timeout: .seconds(10))
                let body = try await answer.body.collect(upTo: 1_024)
                #expect(String(buffer: body) == "countersign://service/sdk-service")
            }
        }
    }

    // R74: outgoing TLS verifies names and authorities.
    @Test(arguments: [("elsewhere", "Test Authority"), ("localhost", "Another Authority")])
    func `refuses a server of another name or authority`(host: String, issuer: String) async throws {
        let trusted = try TestAuthority()
        let server = try (issuer == "Test Authority" ? trusted : TestAuthority(issuer)).issue(host: host)
        let listener = ListenerConfiguration(
            host: "127.0.0.1", port: 0,
            tls: TLSPolicy.server(certificates: try server.certificates, key: try server.privateKey, clientCA: nil))
        let tls = TLSPolicy.client(roots: try trusted.certificates, certificates: [], key: nil)
        try await RunningListener.with(listener) { running in
            let url = "https://localhost:\(running.port)"
            try await withClient(InternalClientConfiguration(urls: [url], tls: tls)) { client in
                let fault = await #expect(throws: (any Error).self) {
                    try await client.execute(HTTPClientRequest(url: url), timeout: .seconds(2))
                }
                let text = fault.map { String(reflecting: $0) } ?? ""
                #expect(text.contains("CERTIFICATE_VERIFY_FAILED") || text.contains("failedToValidateHostname"))
            }
        }
    }

    @Test func `tells what is wrong with its configuration`() throws {
        let (_, problems) = try configuration(["core.urls=http://localhost,https://b"])
        #expect(
            problems.map { $0.prefix { $0 != ":" } } == ["core.urls", "core.certificate", "core.privateKey"])
    }

    private func withClient(
        _ configuration: InternalClientConfiguration, _ body: @Sendable (HTTPClient) async throws -> Void
    ) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let service = InternalHTTPClient(configuration: configuration, logger: logger)
        let group = ServiceGroup(configuration: .init(services: [service], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            do {
                try await body(service.client)
            } catch {
                tasks.cancelAll()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}

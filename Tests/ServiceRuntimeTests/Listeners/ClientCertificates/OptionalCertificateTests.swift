// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOSSL
import ServiceRuntime
import TestKit
import Testing
import X509

/// R70: a listener for service accounts: a client may show a certificate, and one that is shown must be good.
struct OptionalCertificateTests {
    private static let request = "GET /peer HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
    private static let uri = "countersign://account/vpn"
    private let authority: TestAuthority
    private let server: TestAuthority.KeyPair
    private let folder: TestFolder

    init() throws {
        authority = try TestAuthority()
        server = try authority.issue()
        folder = try TestFolder()
    }

    private func listener(lists: [String] = []) throws -> ListenerConfiguration {
        let authorities = try authority.certificates
        return ListenerConfiguration(
            host: "127.0.0.1", port: 0,
            tls: TLSPolicy.server(
                certificates: try server.certificates, key: try server.privateKey, clientCA: authorities,
                isOptional: true),
            clientTrust: ClientTrust(authorities: try authorities.map { try $0.toDERBytes() }, listFiles: lists))
    }

    private func ask(
        as pair: TestAuthority.KeyPair?, _ listener: ListenerConfiguration, version: TLSVersion = .tlsv13
    ) async throws -> String {
        var tls = TLSPolicy.client(
            roots: try authority.certificates, certificates: try pair?.certificates ?? [], key: try pair?.privateKey)
        tls.maximumTLSVersion = version
        return try await RunningListener.with(listener) { [tls] running in
            await RawConnection.talk(to: running.port, tls: tls, pieces: [Self.request]).received
        }
    }

    @Test(arguments: [TLSVersion.tlsv12, .tlsv13])
    func `comes without one, or with one that is good`(version: TLSVersion) async throws {
        #expect(!(try listener().isMutual))
        let stranger = try await ask(as: nil, try listener(), version: version)
        #expect(stranger.hasPrefix("HTTP/1.1 200"))
        let known = try await ask(as: try authority.issue(uri: Self.uri), try listener(), version: version)
        #expect(known.hasSuffix(Self.uri))
    }

    @Test(arguments: [TLSVersion.tlsv12, .tlsv13])
    func `expired, of another authority or for servers only: no answer at all`(version: TLSVersion) async throws {
        let bad = [
            try authority.issue(uri: Self.uri, hours: -48 ... -1), try authority.issue(uri: Self.uri, hours: 1...24),
            try TestAuthority("Another").issue(uri: Self.uri), try authority.issue(uri: Self.uri, uses: [.serverAuth]),
            try authority.issue(uri: Self.uri, uses: nil),
        ]
        for pair in bad { #expect(try await ask(as: pair, try listener(), version: version) == "") }
    }

    @Test func `revoked: no answer, and neither without a list that can be used`() async throws {
        let (bad, good) = (try authority.issue(uri: Self.uri), try authority.issue(uri: Self.uri))
        let list = try folder.file("list.pem", try authority.revocationListPEM([bad.serial]))
        #expect(try await ask(as: bad, try listener(lists: [list])) == "")
        #expect(try await ask(as: good, try listener(lists: [list])).hasSuffix(Self.uri))
        let old = try folder.file("old.pem", try authority.revocationListPEM(hours: -48 ... -1))
        for path in [old, folder.path("missing.pem")] {
            #expect(try await ask(as: good, try listener(lists: [path])) == "")
            // Whoever comes without one has another proof to give.
            #expect(try await ask(as: nil, try listener(lists: [path])).hasPrefix("HTTP/1.1 200"))
        }
    }
}

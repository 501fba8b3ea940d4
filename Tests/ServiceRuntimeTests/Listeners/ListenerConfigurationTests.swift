// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOSSL
import Primitives
import ServiceRuntime
import Testing

struct ListenerConfigurationTests {
    private func read(_ overrides: [String], mutual: Bool = false) throws -> (ListenerConfiguration, [String]) {
        var settings = try ServiceSettings.read(
            service: "mfa-core", file: nil, environment: [:], overrides: overrides,
            known: ListenerConfiguration.keys(section: "listener", defaultPort: 8_440, mutual: mutual))
        let listener = ListenerConfiguration(
            section: "listener", defaultPort: 8_440, mutual: mutual, reading: &settings.reader)
        return (listener, settings.problems)
    }

    @Test func `reads a certificate and its key`() throws {
        let folder = try TestFolder()
        let authority = try TestAuthority()
        let pair = try authority.issue()
        let (listener, problems) = try read([
            "listener.certificate=\(try folder.file("c", pair.certificate, mode: 0o644))",
            "listener.privateKey=\(try folder.file("k", pair.key))",
            "listener.clientCA=\(try folder.file("ca", authority.pem, mode: 0o644))",
            "listener.port=0",
        ])
        #expect(problems == [])
        #expect(listener.port == 0 && listener.host == "0.0.0.0" && listener.connectionsMax == 10_000)
        #expect(listener.connectionsPerAddressMax == 1_000)
        // R73
        #expect(listener.deadlines.head <= .seconds(10) && listener.deadlines.head > .zero)
        #expect(listener.tls?.certificateVerification == .noHostnameVerification)
    }

    @Test func `tells what is missing`() throws {
        let (_, problems) = try read([], mutual: true)
        #expect(
            problems.map { $0.prefix { $0 != ":" } } == [
                "listener.certificate", "listener.privateKey", "listener.clientCA",
            ])
    }

    @Test func `refuses a key that others may read`() throws {
        let folder = try TestFolder()
        let pair = try TestAuthority().issue()
        let (_, problems) = try read([
            "listener.certificate=\(try folder.file("c", pair.certificate))",
            "listener.privateKey=\(try folder.file("k", pair.key, mode: 0o644))",
        ])
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("listener.privateKey: ") == true)
        #expect(problems.first?.contains("every user of this machine") == true)
    }

    @Test func `refuses files that hold something else`() throws {
        let folder = try TestFolder()
        let pair = try TestAuthority().issue()
        let (_, swapped) = try read([
            "listener.certificate=\(try folder.file("k", pair.key))",
            "listener.privateKey=\(try folder.file("c", pair.certificate))",
        ])
        #expect(swapped.map { $0.prefix { $0 != ":" } } == ["listener.certificate", "listener.privateKey"])
        let (_, foreign) = try read([
            "listener.certificate=\(try folder.file("c", pair.certificate))",
            "listener.privateKey=\(try folder.file("k", try TestAuthority().issue().key))",
        ])
        #expect(foreign == ["listener.privateKey: does not belong to the certificate beside it"])
    }
}

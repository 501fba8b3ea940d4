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

    /// Faults that are not about the certificate, which these listeners have none of.
    private func proxyFaults(_ overrides: [String], mutual: Bool = false) throws -> [String] {
        try read(overrides, mutual: mutual).1.filter { fault in
            !["listener.certificate", "listener.privateKey", "listener.clientCA"].contains { fault.hasPrefix($0) }
        }
    }

    // R18
    @Test func `believes nobody unless told whom, and by which header`() throws {
        let (alone, _) = try read([])
        #expect(alone.proxies == TrustedProxies() && !alone.proxyProtocol)
        let networks = try ["10.0.0.0/8", "2001:db8::/32", "192.0.2.10"].map { try #require(IPNetwork($0)) }
        let listed = "listener.trustedProxies=10.0.0.0/8, 2001:db8::/32, 192.0.2.10"
        let (behind, _) = try read([listed])
        #expect(behind.proxies == TrustedProxies(networks: networks, header: .xForwardedFor))
        #expect(!behind.proxyProtocol)
        let (standard, _) = try read([listed, "listener.forwardedHeader=forwarded"])
        #expect(standard.proxies == TrustedProxies(networks: networks, header: .forwarded))
        let (tunnelled, _) = try read([listed, "listener.proxyProtocol=true"])
        #expect(tunnelled.proxyProtocol && tunnelled.proxies.networks == networks)
        for more in ["listener.forwardedHeader=forwarded", "listener.proxyProtocol=true", listed] {
            #expect(try proxyFaults([listed, more]) == [], "\(more)")
        }
    }

    // R18
    @Test func `the PROXY protocol needs proxies that are trusted, and each key takes what it says`() throws {
        #expect(
            try proxyFaults(["listener.proxyProtocol=true"])
                == ["listener.proxyProtocol: needs listener.trustedProxies: nobody else is believed"])
        let bad = try proxyFaults([
            "listener.trustedProxies=balancer.example.org, 10.0.0.1/8", "listener.forwardedHeader=x-real-ip",
            "listener.proxyProtocol=v2",
        ])
        #expect(
            bad.map { $0.prefix { $0 != ":" } } == [
                "listener.proxyProtocol", "listener.trustedProxies", "listener.trustedProxies",
                "listener.forwardedHeader",
            ])
        #expect(bad.last == "listener.forwardedHeader: expected one of x-forwarded-for, forwarded, found “x-real-ip”")
    }

    // R18: between our own services there is no proxy, and nobody may say that there is one.
    @Test func `a listener for our own services has no such keys`() throws {
        let keys = ["trustedProxies=10.0.0.0/8", "forwardedHeader=forwarded", "proxyProtocol=true"]
        let overrides = keys.map { "listener.\($0)" }
        let faults = try proxyFaults(overrides, mutual: true)
        #expect(faults.count == 3 && faults.allSatisfy { $0.contains("is not a known key") }, "\(faults)")
        let (listener, _) = try read(overrides, mutual: true)
        #expect(listener.proxies == TrustedProxies() && !listener.proxyProtocol)
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Primitives
import Testing

/// R18: who calls, where proxies stand before a listener; and nobody else is believed.
struct ForwardedAddressTests {
    /// The proxies of these tests; the one that is connected is 10.0.0.1.
    private static func proxies(_ header: TrustedProxies.Header) -> TrustedProxies {
        TrustedProxies(networks: ["10.0.0.0/8", "2001:db8:1::/48"].compactMap(IPNetwork.init), header: header)
    }

    /// The address that a request with these header lines seems to come from.
    private func caller(
        _ lines: [String], header: TrustedProxies.Header = .xForwardedFor, from peer: String = "10.0.0.1",
        under name: String? = nil
    ) async throws -> String {
        let origin = ConnectionOrigin(Self.proxies(header))
        origin.announce(try #require(IPAddress(parsing: peer)))
        var headers = HTTPFields()
        let field = try #require(HTTPField.Name(name ?? (header == .forwarded ? "Forwarded" : "X-Forwarded-For")))
        for line in lines { headers.append(HTTPField(name: field, value: line)) }
        let router = edgeRouter { $0.get("peer") { _, context in context.peerAddress } }
        return try await ConnectionOrigin.$current.withValue(origin) { [headers] in
            try await String(buffer: exchange(router, "/peer", headers: headers).body)
        }
    }

    @Test(arguments: [
        ([], "10.0.0.1"), (["203.0.113.9"], "203.0.113.9"), (["203.0.113.9:4711"], "203.0.113.9"),
        (["198.51.100.1, 203.0.113.9"], "203.0.113.9"), (["203.0.113.9, 10.2.3.4"], "203.0.113.9"),
        (["203.0.113.9", "10.2.3.4"], "203.0.113.9"), (["10.9.9.9, 10.2.3.4"], "10.9.9.9"),
        (["2001:db8:2::7"], "2001:db8:2::7"), (["[2001:db8:2::7]:443"], "2001:db8:2::7"),
        (["::ffff:203.0.113.9"], "203.0.113.9"), (["anything, 203.0.113.9"], "203.0.113.9"),
        ([" 203.0.113.9 ,\t10.2.3.4 "], "203.0.113.9"),
    ])
    func `the first from the right that is no proxy`(lines: [String], expected: String) async throws {
        #expect(try await caller(lines) == expected)
    }

    @Test(arguments: [
        ["unknown"], [""], [","], ["203.0.113.9,"], ["203.0.113.9, garbage"], ["203.0.113.9 198.51.100.1"],
        ["203.0.113.9:port"], ["203.0.113.9:123456"], ["[203.0.113.9]"], ["010.0.0.7"], ["203.0.113.9%eth0"],
        [String(repeating: "10.2.3.4,", count: 40) + "10.2.3.4"],
    ])
    func `what cannot be read is the peer`(lines: [String]) async throws {
        #expect(try await caller(lines) == "10.0.0.1")
    }

    @Test(arguments: [
        (["for=203.0.113.9"], "203.0.113.9"), (["for=203.0.113.9;proto=https;by=10.0.0.1"], "203.0.113.9"),
        (["For=\"[2001:db8:2::7]:4711\""], "2001:db8:2::7"), (["for=\"203.0.113.9:80\""], "203.0.113.9"),
        (["for=198.51.100.1, for=203.0.113.9;host=\"a,b\""], "203.0.113.9"),
        (["for=203.0.113.9", "proto=https;for=10.2.3.4"], "203.0.113.9"), (["for=unknown"], "10.0.0.1"),
        (["for=_hidden, for=203.0.113.9"], "203.0.113.9"), (["for=203.0.113.9, for=_hidden"], "10.0.0.1"),
        (["proto=https"], "10.0.0.1"), (["for=203.0.113.9;for=198.51.100.1"], "10.0.0.1"), (["for="], "10.0.0.1"),
        (["203.0.113.9"], "10.0.0.1"), (["for=\"203.0.113.9"], "10.0.0.1"),
    ])
    func `RFC 7239`(lines: [String], expected: String) async throws {
        #expect(try await caller(lines, header: .forwarded) == expected)
    }

    @Test func `nobody else is believed`() async throws {
        for peer in ["192.0.2.1", "2001:db8:2::1"] {
            #expect(try await caller(["203.0.113.9"], from: peer) == peer)
            #expect(try await caller(["for=203.0.113.9"], header: .forwarded, from: peer) == peer)
        }
    }

    /// A proxy that writes one of the headers lets pass what a client wrote into the other.
    @Test func `the header that the proxies do not write is not read`() async throws {
        #expect(try await caller(["for=203.0.113.9"], under: "Forwarded") == "10.0.0.1")
        #expect(try await caller(["203.0.113.9"], header: .forwarded, under: "X-Forwarded-For") == "10.0.0.1")
        #expect(try await caller(["203.0.113.9"], under: "X-Real-IP") == "10.0.0.1")
    }

    @Test func `a listener without proxies reads no header`() async throws {
        let router = edgeRouter { $0.get("peer") { _, context in "<\(context.peerAddress)>" } }
        let headers: HTTPFields = [
            .fixed("X-Forwarded-For"): "203.0.113.9", .fixed("Forwarded"): "for=203.0.113.9",
        ]
        #expect(try await String(buffer: exchange(router, "/peer", headers: headers).body) == "<>")
    }
}

// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import NIOCore
import NIOSSL
import Primitives
import ServiceRuntime
import TestKit
import Testing

/// R18: the PROXY protocol before TLS, from listed proxies alone. The clients of these tests come from 127.0.0.1.
struct ProxyProtocolTests {
    private static let request = "GET /origin HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
    private static let signature = "\r\n\r\n\0\r\nQUIT\n"

    private static var router: Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self)
        router.get("/origin") { _, _ in ConnectionOrigin.current?.announced?.description ?? "nobody" }
        return router
    }

    /// A plain listener, so that tests write the bytes themselves.
    private func listener(
        networks: [String] = ["127.0.0.0/8"], deadlines: ConnectionDeadlines.Limits = .init()
    ) -> ListenerConfiguration {
        ListenerConfiguration(
            host: "127.0.0.1", port: 0, tls: nil, deadlines: deadlines,
            proxies: TrustedProxies(networks: networks.compactMap(IPNetwork.init)), proxyProtocol: true)
    }

    private func answer(to pieces: [String]) async throws -> String {
        let outcome = try await RunningListener.with(listener(), router: Self.router) { running in
            await RawConnection.talk(to: running.port, pieces: pieces, pace: .milliseconds(2))
        }
        guard outcome.received.hasPrefix("HTTP/1.1 200") else { return outcome.received }
        return outcome.received.split(separator: "\r\n\r\n").last.map(String.init) ?? ""
    }

    @Test(arguments: [
        ("PROXY TCP4 203.0.113.9 192.0.2.1 40000 443\r\n", "203.0.113.9"),
        ("PROXY TCP6 2001:db8::7 2001:db8::1 40000 443\r\n", "2001:db8::7"), ("PROXY UNKNOWN\r\n", "nobody"),
        ("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", "nobody"),
        // Version 2: TCP over IPv4, with an extension of three bytes; the proxy's own probe.
        (
            signature + "\u{21}\u{11}\0\u{0f}" + "\u{7f}\u{1}\u{2}\u{3}" + "\u{1}\u{2}\u{3}\u{4}" + "\0\u{1}\0\u{2}abc",
            "127.1.2.3"
        ),
        (signature + "\u{20}\0\0\0", "nobody"), (signature + "\u{21}\0\0\u{2}xy", "nobody"),
    ])
    func `tells whom the proxy speaks for`(header: String, expected: String) async throws {
        #expect(try await answer(to: [header + Self.request]) == expected)
    }

    @Test func `a header may come in pieces, the request with its last byte`() async throws {
        let header = "PROXY TCP4 203.0.113.9 192.0.2.1 40000 443\r\n"
        #expect(try await answer(to: header.map { String($0) } + [Self.request]) == "203.0.113.9")
        let cut = header.index(header.startIndex, offsetBy: 20)
        #expect(try await answer(to: [String(header[..<cut]), header[cut...] + Self.request]) == "203.0.113.9")
    }

    @Test(arguments: [
        "", "PROXY TCP4 203.0.113.9 192.0.2.1 40000\r\n", "PROXY TCP4 2001:db8::7 2001:db8::1 1 2\r\n",
        "PROXY TCP6 203.0.113.9 192.0.2.1 1 2\r\n", "PROXY TCP4 203.0.113.9 192.0.2.1 65536 1\r\n",
        "PROXY TCP4 203.0.113.9 192.0.2.1 1 2\n", "PROXY  TCP4 203.0.113.9 192.0.2.1 1 2\r\n",
        "PROXY TCP4 203.0.113.9 192.0.2.1 1 2 3\r\n", "PROXY UDP4 203.0.113.9 192.0.2.1 1 2\r\n",
        "PROXY \r\n", "PROXY UNKNOWN" + String(repeating: "x", count: 200) + "\r\n",
        signature + "\u{31}\u{11}\0\u{0c}123456789012", signature + "\u{21}\u{11}\0\u{0b}12345678901",
        signature + "\u{21}\u{22}\0\u{0c}123456789012", signature + "\u{22}\u{11}\0\u{0c}123456789012",
        signature + "\u{21}\u{11}\u{7f}\u{7f}123456789012",
    ])
    func `closes a connection without a header that it knows`(header: String) async throws {
        #expect(try await answer(to: [header + Self.request]) == "")
    }

    @Test func `closes connections of those who are no proxies`() async throws {
        let header = "PROXY TCP4 203.0.113.9 192.0.2.1 40000 443\r\n"
        let outcome = try await RunningListener.with(
            listener(networks: ["10.0.0.0/8"]), router: Self.router
        ) { running in
            await RawConnection.talk(to: running.port, pieces: [header + Self.request])
        }
        #expect(outcome.received.isEmpty)
    }

    @Test func `a header that dribbles in is cut off`() async throws {
        let configuration = listener(deadlines: .init(head: .milliseconds(300)))
        let clock = ContinuousClock()
        let began = clock.now
        let outcome = try await RunningListener.with(configuration, router: Self.router) { running in
            await RawConnection.talk(
                to: running.port, pieces: ["PROXY UNKNOWN "] + Array(repeating: "y", count: 600),
                pace: .milliseconds(100))
        }
        #expect(outcome.received.isEmpty)
        #expect(clock.now - began < .seconds(50))
    }

    /// Not the protocol alone but what it is for: TLS follows the header.
    @Test func `TLS begins behind the header`() async throws {
        let authority = try TestAuthority()
        let pair = try authority.issue()
        let configuration = ListenerConfiguration(
            host: "127.0.0.1", port: 0,
            tls: TLSPolicy.server(
                certificates: try pair.certificates, key: try pair.privateKey, clientCA: nil),
            proxies: TrustedProxies(networks: ["127.0.0.0/8"].compactMap(IPNetwork.init)), proxyProtocol: true)
        let tls = TLSPolicy.client(roots: try authority.certificates, certificates: [], key: nil)
        let outcome = try await RunningListener.with(configuration, router: Self.router) { running in
            await RawConnection.talk(
                to: running.port, tls: tls, before: "PROXY TCP4 203.0.113.9 192.0.2.1 40000 443\r\n",
                pieces: [Self.request])
        }
        #expect(outcome.received.hasSuffix("203.0.113.9"))
    }
}

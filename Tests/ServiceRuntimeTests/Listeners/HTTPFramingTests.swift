// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import ServiceRuntime
import TestKit
import Testing

/// R73: a message that two readers could cut in different places is refused, and the connection ends with it.
@Suite(.timeLimit(.minutes(1)))
struct HTTPFramingTests {
    /// What an attacker hides behind a message, to be taken for the next person's request.
    private static let smuggled = "GET /smuggled HTTP/1.1\r\nhost: localhost\r\n\r\n"

    private static let heads = [
        "content-length: 5\r\ntransfer-encoding: chunked", "transfer-encoding: chunked\r\ncontent-length: 5",
        "content-length: 5\r\ncontent-length: 6", "content-length: 5\r\ncontent-length: 5", "content-length: 5, 5",
        "content-length: +5", "content-length: 0x5", "content-length: 5 5", "content-length: -1", "content-length: ",
        "content-length: 99999999999999999999", "transfer-encoding: chunked, identity",
        "transfer-encoding: identity", "transfer-encoding: xchunked",
        "transfer-encoding: chunked\r\ntransfer-encoding: identity", "transfer-encoding : chunked",
        "transfer-encoding: \u{b}chunked", "content-length : 5", "x: a\rb", "x: a\r\n b", "x\u{0}: a", "x: a\u{0}b",
        " x: a", "no colon", "x y: a", ": nameless",
    ]

    // R73
    @Test(arguments: heads)
    func `is refused with what hangs behind it`(head: String) async throws {
        let message = "POST / HTTP/1.1\r\nhost: localhost\r\n\(head)\r\n\r\n0\r\n\r\n"
        try await expectRefused([message + Self.smuggled])
    }

    // R73
    @Test(arguments: [
        "5;\r\nhello\r\n0\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n", "-1\r\n\r\n", "5 \r\nhello\r\n0\r\n\r\n", "\r\n",
        "fffffffffffffffff\r\n", "5\r\nhelloXX0\r\n\r\n", "5\nhello\n0\n\n",
    ])
    func `is refused for chunks that are none`(body: String) async throws {
        let head = "POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n"
        try await expectRefused([head + body + Self.smuggled])
    }

    // R73
    @Test(arguments: [
        "GET / HTTP/1.1 \r\nhost: x\r\n\r\n", "GET /\r\n\r\n", "\0\r\n\r\n",
        "GET / HTTP/9.9\r\nhost: x\r\n\r\n", "G\rET / HTTP/1.1\r\nhost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: x\r\n" + String(repeating: "x: y\r\n", count: 200) + "\r\n",
        "GET / HTTP/1.1\r\nhost: x\r\nx: " + String(repeating: "y", count: 40_000) + "\r\n\r\n",
    ])
    func `is refused for a head that is none`(message: String) async throws {
        try await expectRefused([message + Self.smuggled])
    }

    private func expectRefused(_ pieces: [String]) async throws {
        // Idle connections live longer than the test: it ends because the server closes this one.
        let configuration = ListenerConfiguration(
            host: "127.0.0.1", port: 0, tls: nil, connectionsMax: 10,
            deadlines: .init(head: .seconds(120), body: .seconds(120), idle: .seconds(120)))
        let outcome = try await RunningListener.with(configuration) { running in
            await RawConnection.talk(to: running.port, pieces: pieces)
        }
        #expect(!outcome.received.contains(" 200 "), "\(outcome.received)")
        #expect(outcome.received.isEmpty || outcome.received.hasPrefix("HTTP/1.1 4"), "\(outcome.received)")
        #expect(outcome.received.components(separatedBy: "HTTP/1.1 ").count <= 2, "\(outcome.received)")
    }
}

extension String {
    fileprivate func components(separatedBy separator: String) -> [Substring] {
        split(separator: separator, omittingEmptySubsequences: false)
    }
}

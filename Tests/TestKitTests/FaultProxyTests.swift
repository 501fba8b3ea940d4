// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestKit
import Testing

/// A line to an echo, and what can befall it.
struct FaultProxyTests {
    /// What came back of `text` within a second; nil at the end of the connection.
    private func echo(_ text: String, over line: Line) -> String? {
        line.send(text)
        return line.receive(milliseconds: 1_000)
    }

    @Test func `passes everything, later, one way or not at all`() throws {
        let server = try EchoServer()
        defer { server.stop() }
        let proxy = try FaultProxy(to: server.port)
        defer { proxy.stop() }
        let line = try Line(to: proxy.port)
        #expect(echo("one", over: line) == "one")

        proxy.inject(.delay(.milliseconds(200)), on: .answers)
        let begun = ContinuousClock.now
        #expect(echo("two", over: line) == "two")
        #expect(ContinuousClock.now - begun >= .milliseconds(200))

        proxy.inject(.drop, on: .answers)
        #expect(echo("three", over: line)?.isEmpty == true)
        #expect(server.received.hasSuffix("three"))

        proxy.inject(nil)
        proxy.inject(.drop, on: .requests)
        #expect(echo("four", over: line)?.isEmpty == true)
        #expect(!server.received.contains("four"))
        proxy.inject(nil)
        #expect(echo("five", over: line) == "five")
    }

    @Test func `loses what it is told to lose and nothing else`() throws {
        let server = try EchoServer()
        defer { server.stop() }
        let proxy = try FaultProxy(to: server.port)
        defer { proxy.stop() }
        let line = try Line(to: proxy.port)
        proxy.inject(.lose("decided"), on: .answers)
        #expect(echo("one", over: line) == "one")
        #expect(echo("two is decided", over: line)?.isEmpty == true)
        #expect(server.received == "onetwo is decided")
        #expect(echo("three", over: line) == "three")
        #expect(proxy.lostPieces == 1)
    }

    @Test func `cuts a connection after so many bytes`() async throws {
        let server = try EchoServer()
        defer { server.stop() }
        let proxy = try FaultProxy(to: server.port)
        defer { proxy.stop() }
        proxy.inject(.cut(afterBytes: 5), on: .requests)
        let line = try Line(to: proxy.port)
        #expect(echo("12345678", over: line).map { "12345".hasPrefix($0) } ?? true)
        #expect(line.isEnded(within: 1_000))
        try await eventually("the server has what passed") { server.received == "12345" }
    }

    @Test func `resets connections`() throws {
        let server = try EchoServer()
        defer { server.stop() }
        let proxy = try FaultProxy(to: server.port)
        defer { proxy.stop() }
        let line = try Line(to: proxy.port)
        #expect(echo("one", over: line) == "one")
        proxy.reset()
        #expect(line.isEnded(within: 1_000))
        #expect(echo("two", over: try Line(to: proxy.port)) == "two")
    }
}

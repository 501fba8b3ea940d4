// SPDX-License-Identifier: Apache-2.0

import Glibc
import ServiceRuntime
import Testing

/// F17: a log that takes nothing more stops nobody.
@Suite(.timeLimit(.minutes(1)))
struct StandardStreamTests {
    @Test func `a log on a full disk is dropped at once`() throws {
        let full = open("/dev/full", O_WRONLY)
        try #require(full >= 0)
        defer { close(full) }
        let stream = StandardStream(descriptor: full)
        for _ in 0..<1_000 { stream.write("a line\n") }
    }

    @Test func `a log that nobody reads is dropped after a second, and goes on when somebody does`() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        try #require(fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0)
        let stream = StandardStream(descriptor: ends[1])
        stream.write(String(repeating: "x", count: 100_000))
        var bytes = [UInt8](repeating: 0, count: 200_000)
        let held = read(ends[0], &bytes, bytes.count)
        #expect(held > 0 && held < 100_000, "what a pipe holds")
        stream.write("again\n")
        #expect(read(ends[0], &bytes, bytes.count) == 6)
        #expect(String(decoding: bytes.prefix(6), as: UTF8.self) == "again\n")
    }
}

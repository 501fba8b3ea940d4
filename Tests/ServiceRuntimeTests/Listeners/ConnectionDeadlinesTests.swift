// SPDX-License-Identifier: Apache-2.0

import NIOCore
import ServiceRuntime
import Testing

struct ConnectionDeadlinesTests {
    private let limits = ConnectionDeadlines.Limits(head: .seconds(10), body: .seconds(30), idle: .seconds(60))

    /// Lets each event happen at its second and returns the deadline, in seconds, and its name.
    private func deadline(
        after events: [(ConnectionDeadlines.Event, Int64)], knowsPeer: Bool = false
    ) -> (Int64?, ConnectionDeadlines.Overrun) {
        let start = NIODeadline.now()
        var deadlines = ConnectionDeadlines(limits: limits, knowsPeer: knowsPeer)
        for (event, second) in events { deadlines.handle(event, at: start + .seconds(second)) }
        return (deadlines.deadline.map { ($0 - start).nanoseconds / 1_000_000_000 }, deadlines.overrun)
    }

    // R73
    @Test func `unless told otherwise, a handshake and a head have at most ten seconds each`() {
        let usual = ConnectionDeadlines.Limits()
        #expect(usual.head > .zero && usual.head <= .seconds(10))
        // What waits for a next request or sends a body is bounded, too.
        #expect(usual.body <= .seconds(30) && usual.idle <= .seconds(60))
    }

    @Test func `the handshake has ten seconds`() {
        #expect(deadline(after: [(.connected, 0)]) == (10, .handshake))
    }

    @Test func `the first head has ten seconds from the connection on, however its bytes come`() {
        #expect(deadline(after: [(.connected, 0), (.secured, 1)]) == (11, .head))
        #expect(deadline(after: [(.secured, 1), (.bytes, 5), (.bytes, 9), (.bytes, 10)]) == (11, .head))
    }

    @Test func `a known peer may keep its first request in store`() {
        #expect(deadline(after: [(.secured, 1)], knowsPeer: true) == (61, .idle))
        #expect(deadline(after: [(.secured, 1), (.bytes, 5), (.bytes, 14)], knowsPeer: true) == (15, .head))
    }

    @Test func `the body has thirty seconds from the head on, however its bytes come`() {
        #expect(deadline(after: [(.secured, 0), (.bytes, 1), (.head, 2), (.bytes, 20), (.bytes, 31)]) == (32, .body))
    }

    @Test func `an answer may take its time`() {
        #expect(deadline(after: [(.secured, 0), (.bytes, 0), (.head, 0), (.end, 0)]).0 == nil)
    }

    @Test func `a connection may wait a minute for its next request`() {
        let first: [(ConnectionDeadlines.Event, Int64)] = [
            (.secured, 0), (.bytes, 0), (.head, 0), (.end, 0), (.answered, 5),
        ]
        #expect(deadline(after: first) == (65, .idle))
        #expect(deadline(after: first + [(.bytes, 50), (.bytes, 59)]) == (60, .head))
        #expect(deadline(after: first + [(.bytes, 50), (.head, 51), (.end, 51), (.answered, 52)]) == (112, .idle))
    }

    @Test func `half a head behind a request is timed from the answer on`() {
        let pipelined: [(ConnectionDeadlines.Event, Int64)] = [
            (.secured, 0), (.bytes, 0), (.head, 0), (.end, 0), (.bytes, 1),
        ]
        #expect(deadline(after: pipelined).0 == nil)
        #expect(deadline(after: pipelined + [(.answered, 40)]) == (50, .head))
    }

    @Test func `an early answer does not lift the deadline of the body`() {
        #expect(deadline(after: [(.secured, 0), (.bytes, 0), (.head, 0), (.answered, 1)]) == (30, .body))
    }
}

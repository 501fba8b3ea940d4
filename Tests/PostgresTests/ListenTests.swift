// SPDX-License-Identifier: Apache-2.0

import Postgres
import Testing
import TestKit

@Suite(.timeLimit(.minutes(2)))
struct ListenTests {
    @Test func `hears what is notified, on its own channel only`() async throws {
        try await withTestDatabase { database in
            try await database.withClient { client in
                var events = client.listen("decided").makeAsyncIterator()
                #expect(await events.next() == .reconnected)
                try await client.notify(channel: "other", payload: "not for us")
                try await client.notify(channel: "decided", payload: "id-1,id-2")
                #expect(await events.next() == .payload("id-1,id-2"))
            }
        }
    }

    @Test func `a channel's name is a name, whatever it holds`() async throws {
        let channel = "od\"d; drop table x"
        try await withTestDatabase { database in
            try await database.withClient { client in
                var events = client.listen(channel).makeAsyncIterator()
                #expect(await events.next() == .reconnected)
                try await client.notify(channel: channel, payload: "")
                #expect(await events.next() == .payload(""))
            }
        }
    }

    @Test func `every copy hears it, and a second listener does not disturb the first`() async throws {
        try await withTestDatabase { database in
            try await database.withClient { one in
                try await database.withClient { other in
                    var first = one.listen("decided").makeAsyncIterator()
                    #expect(await first.next() == .reconnected)
                    var second = one.listen("decided").makeAsyncIterator()
                    #expect(await second.next() == .reconnected)
                    try await other.notify(channel: "decided", payload: "x")
                    #expect(await first.next() == .payload("x"))
                    #expect(await second.next() == .payload("x"))
                }
            }
        }
    }

    @Test func `listens again after a lost connection and says so`() async throws {
        try await withTestDatabase { database in
            try await database.withClient { client in
                var events = client.listen("decided").makeAsyncIterator()
                #expect(await events.next() == .reconnected)
                let number = try await database.terminateSessions(where: "query like 'listen%'")
                #expect(number == 1)
                #expect(await events.next() == .reconnected)
                try await client.notify(channel: "decided", payload: "after")
                #expect(await events.next() == .payload("after"))
            }
        }
    }

    @Test func `the stream ends with the client`() async throws {
        try await withTestDatabase { database in
            var events = try await database.withClient { client in client.listen("decided").makeAsyncIterator() }
            while await events.next() != nil {}
        }
    }
}

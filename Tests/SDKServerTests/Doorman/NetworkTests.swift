// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import Primitives
import SDKServer
import Testing

/// Any request of an integrator.
private let path = "/sign-ins/a1"

/// R70: an account may be bound to networks. The callers of these tests come from 127.0.0.1.
struct NetworkTests {
    private func account(_ networks: [String]) -> DoorAccount {
        MemoryAccounts.account("bound", [.authenticate], networks: networks.compactMap(IPNetwork.init))
    }

    @Test(arguments: [
        (["127.0.0.0/8"], true), (["10.0.0.0/8", "127.0.0.1"], true), (["::ffff:127.0.0.0/104"], true),
        (["10.0.0.0/8"], false), (["::/0"], false), ([], false),
    ])
    func `lets an account in from its networks only`(networks: [String], isIn: Bool) async throws {
        try await Door.open(on: .live) { door async throws in
            door.accounts.replace(account(networks))
            let answer = try await door.send(.get, path, as: "bound")
            #expect(answer.status == (isIn ? .ok : .unauthorized))
            #expect(door.core.calls.count == (isIn ? 1 : 0))
        }
    }

    /// Who has found a secret is not told that it is right.
    @Test func `refuses from elsewhere as it refuses a wrong secret, and says why in the audit`() async throws {
        try await Door.open(on: .live) { door async throws in
            door.accounts.replace(account(["10.0.0.0/8"]))
            let (right, wrong) = (
                try await door.send(.get, path, as: "bound"),
                try await door.send(.get, path, as: "bound", secret: "wrong")
            )
            #expect(right.status == .unauthorized && right.code == wrong.code)
            #expect(right.headers[.wwwAuthenticate] == wrong.headers[.wwwAuthenticate])
            await door.tally.flush()
            let row = try #require(door.audit.rows.first { $0.reason == "foreign_network" })
            #expect(row.event == "door.unauthenticated" && row.actor == "bound" && row.peer == "127.0.0.1")
        }
    }

    @Test func `a caller without an address is from nowhere`() async throws {
        try await Door.open { door async throws in
            door.accounts.replace(account(["0.0.0.0/0", "::/0"]))
            #expect(try await door.send(.get, path, as: "bound").status == .unauthorized)
            #expect(try await door.send(.get, path).status == .ok)
        }
    }

    @Test func `a changed list counts after two seconds at most`() async throws {
        try await Door.open(on: .live) { door async throws in
            door.accounts.replace(account(["127.0.0.0/8"]))
            #expect(try await door.send(.get, path, as: "bound").status == .ok)
            door.accounts.replace(account(["10.0.0.0/8"]))
            door.clock.advance(by: .milliseconds(2001))
            #expect(try await door.send(.get, path, as: "bound").status == .unauthorized)
        }
    }
}

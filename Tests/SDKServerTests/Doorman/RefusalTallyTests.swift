// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdTesting
import SDKServer
import Testing

/// Any request of an integrator.
private let path = "/sign-ins/a1"

struct RefusalTallyTests {
    // R69: whoever shows nothing at all is written down as well, and costs one row each ten seconds.
    @Test func `callers without credentials are summed`() async throws {
        try await Door.open { door async throws in
            for _ in 0..<30 { #expect(try await door.send(.get, "/users", as: nil).status == .unauthorized) }
            await door.tally.flush()
            #expect(door.audit.rows.map(\.actor) == ["(none)"])
            #expect(door.audit.rows.map(\.reason) == ["missing"])
            #expect(door.audit.rows.map(\.detail) == [["count": "30"]])
        }
    }

    @Test func `sums wrong credentials per account and reason`() async throws {
        try await Door.open { door async throws in
            for _ in 0..<3 { _ = try await door.send(.get, path, secret: "wrong") }
            for _ in 0..<2 { _ = try await door.send(.get, path, as: "nobody", secret: "wrong") }
            _ = try await door.send(.get, path)
            #expect(door.audit.rows.isEmpty)
            await door.tally.flush()
            let rows = door.audit.rows.sorted { $0.actor < $1.actor }
            #expect(rows.map(\.event) == ["door.unauthenticated", "door.unauthenticated"])
            #expect(rows.map(\.actor) == ["integrator", "nobody"])
            #expect(rows.map(\.reason) == ["wrong_secret", "unknown_account"])
            #expect(rows.map(\.detail) == [["count": "3"], ["count": "2"]])
            await door.tally.flush()
            #expect(door.audit.rows.count == 2)
        }
    }

    @Test func `what could not be written is written later`() async throws {
        try await Door.open { door async throws in
            _ = try await door.send(.get, path, secret: "wrong")
            door.audit.fail(true)
            await door.tally.flush()
            door.audit.fail(false)
            _ = try await door.send(.get, path, secret: "wrong")
            await door.tally.flush()
            #expect(door.audit.rows.map(\.detail) == [["count": "2"]])
        }
    }

    // R87
    @Test func `a name is one short line, and a secret in its place is not kept`() async throws {
        try await Door.open { door async throws in
            let secret = MemoryAccounts.secret(of: "mobile")
            for name in ["a\nb", secret, String(repeating: "n", count: 200)] {
                _ = try await door.send(.get, path, as: name, secret: "wrong")
            }
            await door.tally.flush()
            let names = Set(door.audit.rows.map(\.actor))
            #expect(names == ["a\\u{a}b", "(a secret)", String(repeating: "n", count: 64)])
        }
    }

    @Test func `a flood of invented names is summed as one`() async throws {
        try await Door.open { door async throws in
            for number in 0..<1010 {
                _ = try await door.send(.get, path, as: "guess-\(number)", secret: "wrong")
            }
            await door.tally.flush()
            #expect(door.audit.rows.count == 1001)
            #expect(door.audit.rows.first { $0.actor == "(others)" }?.detail == ["count": "10"])
        }
    }
}

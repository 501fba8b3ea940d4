// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdTesting
import SDKServer
import Testing

/// Any request of an integrator.
private let path = "/sign-ins/a1"

struct AccountBookTests {
    @Test func `right credentials are served from one reading for two seconds`() async throws {
        try await Door.open { door async throws in
            for _ in 0..<5 { #expect(try await door.send(.get, path).status == .ok) }
            #expect(door.accounts.count == 1)
            door.clock.advance(by: .seconds(2))
            #expect(try await door.send(.get, path).status == .ok)
            #expect(door.accounts.count == 1)
            door.clock.advance(by: .milliseconds(1))
            #expect(try await door.send(.get, path).status == .ok)
            #expect(door.accounts.count == 2)
        }
    }

    /// R19 for accounts: the readings that a refusal costs do not tell whether the name exists.
    @Test func `an unknown name costs what a wrong secret costs`() async throws {
        try await Door.open { door async throws in
            _ = try await door.send(.get, path)
            door.clock.advance(by: .milliseconds(10))
            _ = try await door.send(.get, path, as: "nobody", secret: "wrong")
            let unknown = door.accounts.count
            door.clock.advance(by: .milliseconds(10))
            _ = try await door.send(.get, path, secret: "wrong")
            #expect(unknown == 2)
            #expect(door.accounts.count == 3)
        }
    }

    @Test func `a reading that fails is not kept`() async throws {
        try await Door.open { door async throws in
            door.accounts.fail(true)
            #expect(try await door.send(.get, path).status == .serviceUnavailable)
            door.accounts.fail(false)
            #expect(try await door.send(.get, path).status == .ok)
            #expect(door.accounts.count == 2)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import TestKit
import Testing

/// architecture.md §2: `Countersign-Deadline` says how long sdk-service waits; nothing is decided for one that is gone.
struct CallerPatienceTests {
    @Test(arguments: ["0", "-1", "soon", "1.5", "99999999999"])
    func `a deadline that cannot be read is refused`(deadline: String) async throws {
        try await CoreDoor.open { door async throws in
            let answer = try await door.send(.readUser, headers: [.fixed(HeaderNames.deadline): deadline])
            #expect(answer.status == .forbidden && answer.code == "forbidden")
        }
    }

    @Test(arguments: ["-1", "soon", "1.5", "9999999999999999"])
    func `an expiry that cannot be read is refused`(expiry: String) async throws {
        try await CoreDoor.open { door async throws in
            let answer = try await door.send(.readUser, headers: [.fixed(HeaderNames.expires): expiry])
            #expect(answer.status == .forbidden && answer.code == "forbidden")
        }
    }

    @Test func `a caller that waits long enough is served`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            let answer = try await door.send(.readUser, headers: [.fixed(HeaderNames.deadline): "10000"])
            #expect(answer.status == .ok)
        }
    }
}

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

    // R97: nothing is put before the phone of somebody whose sign-in page is gone.
    @Test func `a prompt that comes after its caller's deadline goes to no phone`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            _ = try await Phone.activated(door)
            let started = "select count(*)::text as t from core.audit_event where event = 'push.started'"
            // In milliseconds since 1970: one second, and the year 2096.
            for (expiry, isLate) in [("1000", true), ("4000000000000", false)] {
                let answer = try await door.send(
                    .startSignIn, ["user": "alice", "factor": "push"], headers: [.fixed(HeaderNames.expires): expiry])
                #expect(isLate ? answer.code == "unavailable" : answer["state"] == "pending", "\(answer.text)")
                #expect(try await door.value(started) == (isLate ? "0" : "1"))
                #expect(
                    try await door.value("select count(*)::text as t from core.sign_in") == (isLate ? "0" : "1"))
            }
        }
    }
}

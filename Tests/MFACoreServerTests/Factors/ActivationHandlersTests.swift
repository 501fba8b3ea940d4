// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import TestKit
import Testing

// R34
struct ActivationHandlersTests {
    @Test func `an activation shows its link, secret and code once, and tells where it stands`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            let issued = try await door.send(.createActivation)
            #expect(issued.status == .created)
            #expect(issued.json?.keys == ["activationURI", "code", "expiresAt", "id", "qrSVG", "secret"])
            let (id, secret) = (try #require(issued["id"]), try #require(issued["secret"]))
            #expect(issued["activationURI"]?.contains(secret) == true)
            #expect(issued["qrSVG"]?.contains("<svg") == true)
            #expect(try await door.send(.readActivation, id: id).text == #"{"state":"pending"}"#)
            let kept = "select concat(a::text, (select string_agg(e::text, '') from core.audit_event e)) as t"
            let rows = try #require(try await door.value(kept + " from core.activation a"))
            #expect(!rows.contains(secret) && !rows.contains(issued["code"] ?? secret))
            #expect(try await Phone(door).activate(.secret(secret)).status == .created)
            #expect(try await door.send(.readActivation, id: id).text == #"{"state":"used"}"#)
        }
    }

    @Test func `a newer activation ends the older one, and time ends any`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            let older = try await door.send(.createActivation)
            let newer = try await door.send(.createActivation)
            #expect(try await door.send(.readActivation, id: older["id"] ?? "").text == #"{"state":"expired"}"#)
            #expect(try await Phone(door).activate(.secret(older["secret"] ?? "")).status == .unauthorized)
            try await door.database.database.run("update core.activation set expires_at = clock_timestamp()")
            #expect(try await door.send(.readActivation, id: newer["id"] ?? "").text == #"{"state":"expired"}"#)
            #expect(try await Phone(door).activate(.secret(newer["secret"] ?? "")).status == .unauthorized)
        }
    }

    @Test func `another person's activation, and what is no id, are not found`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            try await door.addUser("bob")
            let id = try #require(try await door.send(.createActivation, user: "bob")["id"])
            for (user, id) in [("alice", id), ("bob", CoreDoor.noID), ("bob", "a1"), ("nobody", id)] {
                let answer = try await door.send(.readActivation, user: user, id: id)
                #expect(answer.status == .notFound && answer.code == "not_found")
            }
            #expect(try await door.send(.createActivation, user: "nobody").code == "not_found")
            #expect(try await door.value("select count(*)::text as t from core.activation") == "1")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import MFAAPI
import MFAClient
import Primitives
import Testing

@Suite(.timeLimit(.minutes(1))) struct UsersClientTests {
    @Test func `names in paths and queries are escaped`() async throws {
        let read = try await heard(json: #"{"items":[],"next":null}"#) { client in
            _ = try await client.factors.list("a/../b?ü %")
        }
        #expect(read.target == "/api/v1/users/a%2F..%2Fb%3F%C3%BC%20%25/factors")
        let listed = try await heard(json: #"{"items":[],"next":null}"#) { client in
            let page = try await client.users.list(search: "a&b=c", limit: 5)
            #expect(page.items.isEmpty && page.next == nil)
        }
        #expect(listed.target == "/api/v1/users?search=a%26b%3Dc&limit=5")
    }

    @Test func `a bypass tells until when it lets somebody in`() async throws {
        let made = try await heard(json: #"{"expiresAt":"2026-01-02T03:04:05.000Z"}"#) { client in
            let answer = try await client.users.createBypass("a", CreateBypassRequest(reason: "phone at home"))
            #expect(answer.expiresAt.description == "2026-01-02T03:04:05.000Z")
        }
        #expect(made.method == "POST" && made.target == "/api/v1/users/a/bypasses")
    }

    @Test func `operations without an answer take an empty one`() async throws {
        let call = try await heard(json: "", status: .noContent) { client in
            try await client.users.block("a", BlockUserRequest(reason: "lost phone"))
        }
        #expect(call.target == "/api/v1/users/a/block")
        let withdrawn = try await heard(json: "", status: .noContent) { client in
            try await client.users.deleteBypass("a")
        }
        #expect(withdrawn.method == "DELETE" && withdrawn.target == "/api/v1/users/a/bypasses")
        let deleted = try await heard(json: "", status: .noContent) { client in
            let answer = try await client.factors.delete("me", "f")
            #expect(answer == nil)
        }
        #expect(deleted.method == "DELETE")
        #expect(deleted.target == "/api/v1/users/me/factors/f")
    }
}

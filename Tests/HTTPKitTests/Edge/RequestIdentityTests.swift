// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@Suite struct RequestIdentityTests {
    private let router = edgeRouter { $0.get("id") { _, context in context.requestID } }

    @Test(arguments: ["a", "call-4711", "~!{}", String(repeating: "x", count: 64)])
    func `accepts and echoes the caller's id`(id: String) async throws {
        let response = try await exchange(router, "/id", headers: [.requestID: id])
        #expect(String(buffer: response.body) == id)
        #expect(response.headers[.requestID] == id)
    }

    @Test(arguments: ["", "a b", "ümlaut", String(repeating: "x", count: 65)])
    func `replaces an id that is none`(id: String) async throws {
        let response = try await exchange(router, "/id", headers: [.requestID: id])
        let made = String(buffer: response.body)
        #expect(made != id)
        #expect(made.utf8.count == 16)
        #expect(response.headers[.requestID] == made)
    }

    @Test func `makes another id for every request`() async throws {
        let first = try await exchange(router, "/id")
        let second = try await exchange(router, "/id")
        #expect(first.body != second.body)
    }

    @Test func `echoes the id on errors`() async throws {
        let response = try await exchange(router, "/nowhere", headers: [.requestID: "call-2"])
        #expect(response.headers[.requestID] == "call-2")
    }
}

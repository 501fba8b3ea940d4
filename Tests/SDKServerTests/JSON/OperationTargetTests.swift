// SPDX-License-Identifier: Apache-2.0
import MFAAPI
import SDKServer
import Testing

struct OperationTargetTests {
    @Test func `takes the values as they were sent`() throws {
        let target = try #require(
            OperationTarget("/api/v1/users/DOMAIN%5Cal%2Fice/factors/a1?x=%20y", of: .deleteFactor))
        #expect(target.path == "/users/DOMAIN%5Cal%2Fice/factors/a1")
        #expect(target.user == "DOMAIN%5Cal%2Fice")
        #expect(target.id == "a1")
        #expect(target.query == "x=%20y")
    }

    @Test(arguments: Operation.allCases)
    func `every operation's own path fits`(operation: Operation) {
        let path = operation.path.replacing("{user}", with: "alice").replacing("{id}", with: "a1")
        #expect(OperationTarget(Paths.api + path, of: operation)?.path == path)
    }

    /// Whatever a client library or a router would turn into another path.
    @Test(arguments: [
        "/api/v1/users//alice", "/api/v1/users/alice/", "/api/v1/users/", "/api/v1/users/..", "/api/v1/users/.",
        "/api/v1/users/%2e%2E", "/api/v1/users/a#b", "/api/v1/users/a b", "/api/v1/users/a\\b", "/api/v1//users/a",
        "/api/v1/users/ä", "/api/v1/users/a?b#c", "/api/v2/users/a", "/users/a", "", "/api/v1/users/a/factors",
        "/API/v1/users/a", "/api/v1/users/a?\"",
    ])
    func `refuses what could mean something else`(target: String) {
        #expect(OperationTarget(target, of: .readUser) == nil)
    }
}

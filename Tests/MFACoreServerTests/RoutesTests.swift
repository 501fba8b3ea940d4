// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import Testing

struct RoutesTests {
    @Test func `answers a ping without any work`() async throws {
        try await CoreDoor.open { door async throws in
            let answer = try await door.client.execute(uri: Paths.ping, method: .get)
            #expect(answer.status == .noContent && answer.text.isEmpty)
        }
    }

    @Test func `every operation of the contract is served at its place`() async throws {
        try await CoreDoor.open { door async throws in
            for operation in MFAAPI.Operation.allCases {
                // The headers name another operation, which is refused by the operation itself.
                let other = operation == .listUsers ? "read-user" : "list-users"
                let answer = try await door.send(operation, headers: [.fixed(HeaderNames.operation): other])
                #expect(answer.status == .forbidden && answer.code == "forbidden", "\(operation)")
            }
        }
    }

    @Test(arguments: [
        "/internal/v1", "/internal/v1/", "/internal/v1/devices", "/internal/v1/users/alice/pin", "/api/v1/users",
        "/internal/v1/sign-ins/a/b", "/livez", "/readyz", "/metrics", "/",
    ])
    func `nothing else is served`(path: String) async throws {
        try await CoreDoor.open { door async throws in
            for method in [HTTPRequest.Method.get, .post, .put, .delete] {
                let answer = try await door.client.execute(uri: path, method: method)
                #expect(answer.status == .notFound && answer.code == "not_found", "\(method) \(path)")
            }
        }
    }

    // R73
    @Test func `methods that no route has are refused, and answers are not for browsers or caches`() async throws {
        try await CoreDoor.open { door async throws in
            for method in [HTTPRequest.Method.trace, .connect, .options] {
                let answer = try await door.client.execute(uri: Paths.ping, method: method)
                #expect(answer.status == .methodNotAllowed && answer.code == "method_not_allowed")
            }
            let answer = try await door.send(.listUsers, headers: [.fixed(HeaderNames.requestID): "request-7"])
            #expect(answer.status == .ok)
            #expect(answer.headers[.cacheControl] == "no-store")
            #expect(answer.headers[.contentType] == "application/json")
            #expect(answer.headers[.fixed(HeaderNames.requestID)] == "request-7")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import SDKServer
import Testing

struct RoutesTests {
    @Test func `every operation of the contract is routed to its path on mfa-core`() async throws {
        try await Door.open { door async throws in
            for operation in Operation.allCases {
                #expect(try await door.send(operation, as: "everything").status == .ok, "\(operation)")
                let call = try #require(door.core.calls.last)
                let path = operation.path.replacing("{user}", with: "me").replacing("{id}", with: "a1")
                #expect(call.target == Paths.internal + path)
                #expect(call.method == operation.method)
                #expect(call.header(HeaderNames.operation) == operation.rawValue)
            }
        }
    }

    @Test(arguments: [
        "/decisions", "/sign-ins/states", "/ping", "/users/alice/pin", "/users/alice/enrolments", "/portal", "",
        "/devices/requests/approve", "/users/../decisions", "/users//", "/sign-ins/..",
    ])
    func `nothing else is routed`(path: String) async throws {
        try await Door.open { door async throws in
            for method in [HTTPRequest.Method.post, .put, .patch] {
                let answer = try await door.send(method, path, as: "everything", body: "{}")
                #expect(answer.status == .notFound, "\(method) \(path)")
                #expect(answer.code == "not_found")
            }
            #expect(door.core.calls.isEmpty)
        }
    }

    @Test func `methods that no operation has are refused`() async throws {  // R73
        try await Door.open { door async throws in
            #expect(try await door.send(.trace, "/users", as: "administrator").status == .methodNotAllowed)
            #expect(try await door.send(.head, "/users", as: "administrator").status == .notFound)
        }
    }

    @Test func `the query of a list is handed on as it was sent`() async throws {
        try await Door.open { door async throws in
            for target in ["/users?search=a%20b&limit=2", "/audit?event=otp.ok&since=2026-01-01T00:00:00Z&limit=2"] {
                #expect(try await door.send(.get, target, as: "everything").status == .ok)
                #expect(door.core.calls.last?.target == Paths.internal + target)
            }
        }
    }

    @Test func `a query is refused where none belongs`() async throws {
        try await Door.open { door async throws in
            for path in ["/users/alice?x=1", "/users/alice?", "/sign-ins/a1?wait=1", "/sign-ins/a1?waitSeconds=1&a=b"] {
                #expect(try await door.send(.get, path, as: "everything").status == .badRequest, "\(path)")
            }
            #expect(door.core.calls.isEmpty)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPKit
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import SDKServer
import Testing

/// Any request of an integrator.
private let path = "/sign-ins/a1"

struct DoormanTests {
    @Test func `lets the right secret in`() async throws {
        try await Door.open { door async throws in
            let answer = try await door.send(.get, path)
            #expect(answer.status == .ok)
            #expect(door.core.calls.count == 1)
        }
    }

    // R70
    @Test func `answers unknown names, wrong secrets and disabled accounts alike`() async throws {
        try await Door.open { door async throws in
            door.accounts.replace(MemoryAccounts.account("sleeping", [.authenticate], isDisabled: true))
            let tries: [(name: String?, secret: String?)] = [
                (nil, nil), ("nobody", nil), ("integrator", "cs_id-integrator_wrong"), ("integrator", ""),
                ("integrator", MemoryAccounts.secret(of: "mobile")), ("sleeping", nil), ("", "x"),
            ]
            for (name, secret) in tries {
                let answer = try await door.send(.get, path, as: name, secret: secret)
                #expect(answer.status == .unauthorized)
                #expect(answer.code == "unauthenticated")
                #expect(answer.headers[.wwwAuthenticate]?.hasPrefix("Basic realm=\"countersign\"") == true)
            }
            #expect(door.core.calls.isEmpty)
        }
    }

    @Test(arguments: ["Bearer abc", "Basic", "Basic ***", "Basic bm9jb2xvbg==", "Basic OnNlY3JldA=="])
    func `refuses a header that is no name and secret`(field: String) async throws {
        try await Door.open { door async throws in
            let answer = try await door.send(.get, path, as: nil, headers: [.authorization: field])
            #expect(answer.status == .unauthorized)
        }
    }

    // R70
    @Test func `makes an account and address wait after twenty wrong secrets in a minute`() async throws {
        try await Door.open { door async throws in
            for _ in 0..<20 {
                #expect(try await door.send(.get, path, secret: "wrong").status == .unauthorized)
            }
            let refused = try await door.send(.get, path)
            #expect(refused.status == .tooManyRequests)
            #expect(refused.code == "too_many_requests")
            #expect(refused.headers[.retryAfter].flatMap { Int($0) }.map { (1...61).contains($0) } == true)
            #expect(refused.headers[.wwwAuthenticate] != nil)
            #expect(try await door.send(.get, path, as: "everything").status == .ok)
            door.clock.advance(by: .seconds(61))
            #expect(try await door.send(.get, path).status == .ok)
        }
    }

    @Test func `a database that is down is 503 and never 401`() async throws {
        try await Door.open { door async throws in
            door.accounts.fail(true)
            for secret in [nil, "wrong"] {
                let answer = try await door.send(.get, path, secret: secret)
                #expect(answer.status == .serviceUnavailable)
                #expect(answer.code == "unavailable")
                #expect(answer.headers[.retryAfter] == "1")
            }
            door.accounts.fail(false)
            #expect(try await door.send(.get, path).status == .ok)
        }
    }

    @Test func `a removed account is out after two seconds at most`() async throws {
        try await Door.open { door async throws in
            #expect(try await door.send(.get, path).status == .ok)
            door.accounts.remove("integrator")
            door.clock.advance(by: .milliseconds(2001))
            #expect(try await door.send(.get, path).status == .unauthorized)
        }
    }

    @Test func `a new account is in at once, a new scope after two seconds at most`() async throws {
        try await Door.open { door async throws in
            #expect(try await door.send(.get, path).status == .ok)
            door.clock.advance(by: .milliseconds(1))
            door.accounts.replace(MemoryAccounts.account("fresh", []))
            #expect(try await door.send(.get, path, as: "fresh").status == .forbidden)
            door.accounts.replace(MemoryAccounts.account("fresh", [.authenticate]))
            door.clock.advance(by: .milliseconds(2001))
            #expect(try await door.send(.get, path, as: "fresh").status == .ok)
        }
    }

    // R69: each account has an explicit list of operations; the mobile service has six.
    @Test func `each scope opens its own operations and no others`() async throws {
        try await Door.open { door async throws in
            for operation in Operation.allCases {
                for scope in Scope.allCases {
                    let before = door.core.calls.count
                    let answer = try await door.send(operation, as: Self.account(with: scope))
                    let isAllowed = operation.scopes.contains(scope)
                    #expect(answer.status == (isAllowed ? .ok : .forbidden), "\(operation) by \(scope)")
                    #expect(door.core.calls.count == before + (isAllowed ? 1 : 0), "\(operation) by \(scope)")
                    if !isAllowed {
                        #expect(answer.code == "forbidden")
                        #expect(door.audit.rows.last?.detail == ["operation": operation.rawValue])
                    }
                }
            }
            let mobile = Operation.allCases.filter { $0.scopes.contains(.mobile) }
            #expect(mobile.count == 6)
            #expect(mobile.allSatisfy { $0.path.hasPrefix("/devices/") && $0.scopes == [.mobile] })
        }
    }

    // R69
    @Test func `whoever has only the portal's scope names nobody but me, with a ticket`() async throws {
        try await Door.open { door async throws in
            let ticket: HTTPFields = [.fixed(HeaderNames.ticket): "t"]
            #expect(try await door.send(.get, "/users/me/factors", as: "portal", headers: ticket).status == .ok)
            for (target, headers) in [
                ("/users/alice/factors", ticket), ("/users/Me/factors", ticket), ("/users/%6de/factors", ticket),
                ("/users/me/factors", [:]),
            ] {
                let answer = try await door.send(.get, target, as: "portal", headers: headers)
                #expect(answer.status == .forbidden, "\(target)")
            }
            #expect(try await door.send(.get, "/users/alice/factors", as: "administrator").status == .ok)
            #expect(
                door.audit.rows.map(\.reason) == ["other_person", "other_person", "other_person", "ticket_missing"])
        }
    }

    @Test func `a missing scope is audited at once, with who and what`() async throws {
        try await Door.open { door async throws in
            let answer = try await door.send(
                .get, "/users", headers: [.fixed(HeaderNames.requestID): "request-7"])
            #expect(answer.status == .forbidden)
            let row = try #require(door.audit.rows.first)
            #expect(door.audit.rows.count == 1)
            #expect(row.event == "door.forbidden")
            #expect(row.reason == "scope_missing")
            #expect(row.actor == "integrator")
            #expect(row.requestID == "request-7")
            let json = String(decoding: try JSONEncoder().encode(row), as: UTF8.self)
            #expect(json.contains(#""front_end":"sdk""#) && json.contains(#""outcome":"refused""#))
        }
    }

    @Test func `a refusal that cannot be audited is 503`() async throws {
        try await Door.open { door async throws in
            door.audit.fail(true)
            #expect(try await door.send(.get, "/users").status == .serviceUnavailable)
        }
    }

    private static func account(with scope: Scope) -> String {
        switch scope {
        case .authenticate: "integrator"
        case .manageUsers: "administrator"
        case .readAudit: "auditor"
        case .portal: "portal"
        case .mobile: "mobile"
        }
    }
}

extension Door {
    /// Sends a request that fits `operation`, for the person of the ticket where there is one.
    func send(_ operation: MFAAPI.Operation, as account: String) async throws -> TestResponse {
        let path = operation.path.replacing("{user}", with: "me").replacing("{id}", with: "a1")
        return try await send(
            HTTPRequest.Method(rawValue: operation.method) ?? .trace, path, as: account,
            headers: [.fixed(HeaderNames.ticket): "ticket"], body: operation.hasBody ? "{}" : nil)
    }
}

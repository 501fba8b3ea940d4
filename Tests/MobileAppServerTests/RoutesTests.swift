// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import MobileAppServer
import Testing

struct RoutesTests {
    private static let own: [(HTTPRequest.Method, String)] = [
        (.post, "/activations"), (.post, "/nonces"), (.get, "/challenges"), (.post, "/challenges/c1/answers"),
        (.put, "/push-address"), (.delete, "/device"),
    ]

    @Test func `exactly six operations are routed`() async throws {  // R69
        #expect(PhoneOperation.allCases.count == 6)
        #expect(Set(PhoneOperation.allCases.map(\.operation.scopes)) == [[.mobile]])
        try await Counter.open { counter async throws in
            let paths = Set(Self.own.map(\.1))
            for path in paths {
                for method in [HTTPRequest.Method.get, .head, .post, .put, .patch, .delete] {
                    let isOwn = Self.own.contains { $0.0 == method && $0.1 == path }
                    let hasBody = method == .put || method == .post && path != "/nonces"
                    let answer = try await counter.send(
                        method, "/PA/api/v1" + path, headers: Counter.signed, body: hasBody ? "{}" : nil)
                    #expect(answer.status == (isOwn ? .ok : .notFound), "\(method) \(path)")
                }
            }
            #expect(counter.sdk.calls.count == 6)
        }
    }

    @Test(arguments: [
        "/PA/api/v1/sign-ins", "/PA/api/v1/users", "/PA/api/v1/devices/nonces", "/PA/api/v1", "/PA", "/",
        "/api/v1/nonces", "/PAX/api/v1/nonces", "/P/api/v1/nonces", "/PA/PA/api/v1/nonces", "/PA/api/V1/nonces",
        "/PA//api/v1/nonces", "/PA/api//v1/nonces", "/PA/api/v1/nonces/", "/PA/api/v1/challenges//answers",
        "/PA/../PA/api/v1/nonces",
    ])
    func `everything else is not found, and nobody hears of it`(target: String) async throws {
        try await Counter.open { counter async throws in
            let answer = try await counter.send(.post, target, headers: Counter.signed, body: "{}")
            #expect(answer.status == .notFound)
            #expect(answer.code == "not_found")
            #expect(counter.sdk.calls.isEmpty)
        }
    }

    @Test func `serves several prefixes in any letter case`() async throws {
        try await Counter.open(prefixes: ["/PA", "/MultiFactorAuth/Mobile/"]) { counter async throws in
            for prefix in ["/PA", "/pa", "/Pa", "/multifactorauth/mobile", "/MULTIFACTORAUTH/MOBILE"] {
                #expect(try await counter.send(.post, prefix + "/api/v1/nonces").status == .ok, "\(prefix)")
            }
        }
    }

    @Test func `methods that nobody uses are refused`() async throws {  // R73
        try await Counter.open { counter async throws in
            #expect(try await counter.send(.trace, "/PA/api/v1/nonces").status == .methodNotAllowed)
            #expect(try await counter.send(.connect, "/elsewhere").status == .methodNotAllowed)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Testing
import TestKit

extension EndToEnd.Standing {
    /// R73: bodies and headers.
    @Suite struct Strictness {
        let world: World

        init() throws { world = try World.current }

        private static let bodies: [(body: String, status: Int, code: String)] = [
            (#"{"user":"a","user":"b"}"#, 400, "invalid_request"),
            (#"{"user":"a","\u0075ser":"b"}"#, 400, "invalid_request"),
            (#"{"user":"a","isAdmin":true}"#, 400, "invalid_request"),
            (#"{"user":5}"#, 400, "invalid_request"),
            (#"{"user":null}"#, 400, "invalid_request"),
            (#"{"user":["a"]}"#, 400, "invalid_request"),
            (#"{"user":"a","waitSeconds":"1"}"#, 400, "invalid_request"),
            (#"{"user":"a","waitSeconds":56}"#, 400, "invalid_request"),
            (#"{"user":"a","waitSeconds":-1}"#, 400, "invalid_request"),
            (#"{"user":"a","waitSeconds":1.5}"#, 400, "invalid_request"),
            (#"{"user":"a"} {}"#, 400, "invalid_request"),
            (#"{"user":"a",}"#, 400, "invalid_request"),
            ("{}", 400, "invalid_request"), ("[]", 400, "invalid_request"), ("null", 400, "invalid_request"),
            ("", 400, "invalid_request"), ("{", 400, "invalid_request"), ("\u{FEFF}{}", 400, "invalid_request"),
            (#"{"user":"\ud800"}"#, 400, "invalid_request"),
            (#"{"user":"a","factor":"sms"}"#, 422, "factor_unsupported"),
            (#"{"user":"a","factor":"push","passcode":"123456"}"#, 400, "invalid_request"),
            (#"{"user":"a","application":"a\nb"}"#, 400, "invalid_request"),
            (#"{"user":"a","clientAddress":"a\nb"}"#, 400, "invalid_request"),
            (#"{"user":"# + String(repeating: "[", count: 10_000), 400, "invalid_request"),
            (#"{"user":"\#(String(repeating: "a", count: 1 << 20))"}"#, 413, "too_large"),
        ]

        // R73
        @Test func `a body that is not exactly right is refused and leaves nothing`() async throws {
            let before = try await signIns()
            for (body, status, code) in Self.bodies {
                let reply = try await send("POST", "/sign-ins", Array(body.utf8))
                #expect(
                    reply.status == status && reply.code == code, "\(body.prefix(60)): \(reply.status) \(reply.text)")
                expectProblem(reply)
            }
            let notText = try await send("POST", "/sign-ins", Array(#"{"user":""#.utf8) + [0xff] + Array(#""}"#.utf8))
            #expect(notText.status == 400)
            #expect(try await signIns() == before)
        }

        // R73
        @Test func `only JSON is taken for JSON`() async throws {
            for type in ["text/plain", "application/x-www-form-urlencoded", "application/xml", "text/json", ""] {
                let reply = try await send("POST", "/sign-ins", Array(#"{"user":"a"}"#.utf8), type: type)
                #expect(reply.status == 415 && reply.code == "unsupported_media_type", "“\(type)” \(reply.status)")
                expectProblem(reply)
            }
        }

        // R73
        @Test func `other methods and paths are not there`() async throws {
            for (method, path) in [
                ("TRACE", "/sign-ins"), ("PUT", "/sign-ins"), ("CONNECT", "/sign-ins"), ("PATCH", "/sign-ins/x"),
                ("POST", "/nothing"), ("GET", "/users/%00/factors/x/y"), ("GET", "/../metrics"),
                ("GET", "/sign-ins/%ff"), ("GET", "/sign-ins/x?waitSeconds=x"), ("GET", "/users/%c3%28"),
            ] {
                guard let reply = try? await send(method, path, nil) else { continue }
                #expect([400, 404, 405, 501].contains(reply.status), "\(method) \(path) \(reply.status)")
            }
        }

        // R98: nothing for operators on a listener that others reach.
        @Test func `listeners of others show no metrics and no health`() async throws {
            for service in [Service.sdk, .portal, .mobile] {
                let url = try await world.copies(of: service)[0].url()
                for path in ["/metrics", "/readyz", "/readyz?verbose", "/livez", "/debug", "/"] {
                    let reply = try await world.web.send("GET", url + path)
                    #expect(reply.status == 404, "\(service.rawValue) \(path)")
                    #expect(!reply.text.contains("mfa_") && !reply.text.contains("ready"))
                }
            }
        }

        // R73
        @Test func `an answer says nothing about what made it`() async throws {
            let reply = try await world.call(
                "GET", "/users/nobody-at-all", headers: [("X-Request-Id", "abc-123")])
            #expect(reply.status == 404 && reply["requestId"]?.text == "abc-123")
            #expect(reply.header("x-request-id") == "abc-123")
            #expect(reply.header("cache-control") == "no-store")
            #expect(reply.header("x-content-type-options") == "nosniff")
            #expect(reply.header("strict-transport-security") != nil)
            let server = reply.header("server") ?? ""
            #expect(!server.contains("/") && !server.contains { $0.isNumber })
            // What comes in as an id and would make two lines or headers of one is not taken over.
            let foreign = try await world.call(
                "GET", "/users/nobody-at-all", headers: [("X-Request-Id", String(repeating: "x", count: 500))])
            #expect((foreign.header("x-request-id") ?? "").count <= 128)
        }

        // R73
        @Test func `names with poison in them are just unknown`() async throws {
            for name in ["' or 1=1 --", "%27%3b drop table core.user", "a\"b", "{{7*7}}", "../..", "\u{202e}", "%00"] {
                let escaped = name.utf8.map { String("%" + String($0, radix: 16, uppercase: true).leftPadded) }.joined()
                let reply = try await world.call("GET", "/users/\(escaped)")
                #expect(reply.status == 404 || reply.status == 400, "\(name) \(reply.status)")
                #expect(try await world.check("123456", of: name)["state"]?.text == "denied")
            }
        }

        // R67's spirit for the internal port: only sdk-service's certificate opens it.
        @Test func `mfa-core talks to sdk-service alone`() async throws {
            let url = try await world.copies(of: .core)[0].url() + "/internal/v1/ping"
            await #expect(throws: NoReply.self) { _ = try await world.web.send("GET", url) }
            for service in Service.allCases {
                let web = try WebClient(
                    trustRoots: world.trustRoots, identity: "\(world.folder)/certificates/\(service.rawValue)")
                let reply = try? await web.send("GET", url)
                await web.close()
                if service == .sdk {
                    #expect(reply?.status == 204)
                } else {
                    #expect(reply == nil || reply?.status == 403, "\(service.rawValue)")
                }
            }
        }

        private func send(
            _ method: String, _ path: String, _ body: [UInt8]?, type: String = "application/json"
        ) async throws -> Reply {
            var headers = [("Authorization", World.basic(try world.account("administrator")))]
            if !type.isEmpty { headers.append(("Content-Type", type)) }
            let url = try await world.copies(of: .sdk)[0].url()
            return try await world.web.send(method, "\(url)/api/v1\(path)", headers: headers, body: body)
        }

        private func expectProblem(_ reply: Reply) {
            #expect(reply.header("content-type") == "application/problem+json")
            #expect(reply.json.keys.isSubset(of: ["type", "title", "status", "code", "detail", "requestId"]))
            #expect(reply["status"]?.integer == reply.status)
            let text = reply.text.lowercased()
            #expect(!["swift", "postgres", "select ", ".build/", "error domain"].contains { text.contains($0) })
        }

        private func signIns() async throws -> Int { try await world.number("select count(*) from core.sign_in") }
    }
}

extension String {
    fileprivate var leftPadded: String { count < 2 ? "0" + self : self }
}

// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Hummingbird
import MFAClient
import NIOCore
import NIOHTTP1
import Primitives
import Testing

// architecture.md §1: copies in turn; another one only if nothing was sent, for GET, or with an Idempotency-Key.
@Suite(.timeLimit(.minutes(1))) struct MFAClientTests {
    private let key = [("Idempotency-Key", "k-1")]

    @Test func `hands requests and answers on as they are`() async throws {
        let other = StandIn(json: #"{"x": 1}"#, status: .conflict, headers: [.retryAfter: "3"])
        try await other.run { url in
            try await withHTTPClient { http in
                let client = MFAClient(http: http, urls: [url])
                let answer = try await client.send(
                    method: "PATCH", path: "/users/a%2Fb?x=%20", headers: [("content-type", "application/json")],
                    body: ByteBuffer(string: "{ }"))
                #expect(answer.status == 409)
                #expect(answer.retryAfterSeconds == 3)
                #expect(String(buffer: answer.body) == #"{"x": 1}"#)
            }
        }
        let call = try #require(other.heard.calls.first)
        #expect(call.method == "PATCH")
        #expect(call.target == "/api/v1/users/a%2Fb?x=%20")
        #expect(call.body == "{ }")
        #expect(call["idempotency-key"] == nil)
        #expect(call["authorization"] == nil)
    }

    @Test func `sends credentials and the ticket, and nobody else's`() async throws {
        let other = StandIn(json: "{}")
        try await other.run { url in
            try await withHTTPClient { http in
                let credentials = BasicCredentials(name: "integrator", secret: SecretBytes(utf8: "cs_1_ü"))
                let client = MFAClient(http: http, urls: [url], credentials: credentials)
                    .with(ticket: SecretBytes(utf8: "the-ticket"))
                _ = try await client.send(
                    method: "GET", path: "/x",
                    headers: [("Authorization", "Basic other"), ("Countersign-Ticket", "other")])
            }
        }
        let call = try #require(other.heard.calls.first)
        #expect(call["authorization"] == "Basic aW50ZWdyYXRvcjpjc18xX8O8")
        #expect(call["countersign-ticket"] == "the-ticket")
    }

    @Test func `takes copies in turn`() async throws {
        let (one, two) = (StandIn(json: "{}"), StandIn(json: "{}"))
        try await one.run { first in
            try await two.run { second in
                try await withHTTPClient { http in
                    let client = MFAClient(http: http, urls: [first, second])
                    for _ in 0..<6 { _ = try await client.send(method: "POST", path: "/x") }
                }
            }
        }
        #expect(one.heard.calls.count == 3)
        #expect(two.heard.calls.count == 3)
    }

    // R96
    @Test func `leaves a copy that says it is about to stop`() async throws {
        let (one, two) = (StandIn(json: "{}", headers: [.connection: "close"]), StandIn(json: "{}"))
        try await one.run { first in
            try await two.run { second in
                try await withHTTPClient { http in
                    let client = MFAClient(http: http, urls: [first, second])
                    for _ in 0..<6 { _ = try await client.send(method: "POST", path: "/x") }
                }
            }
        }
        #expect(one.heard.calls.count == 1)
        #expect(two.heard.calls.count == 5)
    }

    @Test func `passes over a copy that refuses the connection, whatever the request`() async throws {
        let dead = try await deadURL()
        let other = StandIn(json: "{}")
        try await other.run { url in
            try await withHTTPClient { http in
                let client = MFAClient(http: http, urls: [dead, url])
                for _ in 0..<4 {
                    let answer = try await client.send(method: "POST", path: "/x")
                    #expect(answer.status == 200)
                }
            }
        }
        #expect(other.heard.calls.count == 4)
    }

    @Test func `says so when nobody can be connected to`() async throws {
        let urls = [try await deadURL(), try await deadURL()]
        try await withHTTPClient { http in
            for list in [urls, Array(urls.prefix(1))] {
                let client = MFAClient(http: http, urls: list)
                let error = await failure { () throws(MFAClientError) in
                    try await client.send(method: "POST", path: "/x", headers: key)
                }
                guard case .unreachable = error else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
            }
        }
    }

    @Test(arguments: [
        ("POST", false, false), ("PATCH", false, false), ("DELETE", false, false), ("POST", true, true),
        ("GET", false, true),
    ])
    func `asks a second copy after a lost answer only where that is safe`(
        method: String, hasKey: Bool, isAnswered: Bool
    ) async throws {
        let (cutting, other) = (StandIn.cutting, StandIn(json: "{}"))
        let headers = hasKey ? key : []
        try await cutting.run { first in
            try await other.run { second in
                try await withHTTPClient { http in
                    let client = MFAClient(http: http, urls: [first, second])
                    let error = await failure { () throws(MFAClientError) in
                        try await client.send(method: method, path: "/x", headers: headers)
                    }
                    if isAnswered {
                        #expect(error == nil)
                    } else if case .unknownOutcome = error {
                    } else {
                        Issue.record("\(String(describing: error))")
                    }
                }
            }
        }
        #expect(cutting.heard.calls.count == 1)
        #expect(other.heard.calls.count == (isAnswered ? 1 : 0))
    }

    // architecture.md §1, §5: a copy that left service answers 503; it may have worked on the request all the same.
    @Test(arguments: [
        ("POST", false, false), ("PATCH", false, false), ("DELETE", false, false), ("POST", true, true),
        ("GET", false, true),
    ])
    func `asks another copy after a 503 only where that is safe`(
        method: String, hasKey: Bool, isAnswered: Bool
    ) async throws {
        let (out, other) = (StandIn(json: "{}", status: .serviceUnavailable), StandIn(json: "{}"))
        let headers = hasKey ? key : []
        try await out.run { first in
            try await other.run { second in
                try await withHTTPClient { http in
                    let client = MFAClient(http: http, urls: [first, second])
                    let answer = try await client.send(method: method, path: "/x", headers: headers)
                    #expect(answer.status == (isAnswered ? 200 : 503))
                    // It rests: the next one is not even asked of it, whatever it is.
                    for _ in 0..<2 {
                        #expect(try await client.send(method: "POST", path: "/y").status == 200)
                    }
                }
            }
        }
        #expect(out.heard.calls.map(\.target) == ["/api/v1/x"])
        #expect(other.heard.calls.count == (isAnswered ? 3 : 2))
    }

    @Test func `a 503 of all copies is told as it came, and costs each request one try`() async throws {
        let outs = (0..<2).map { number in
            StandIn(json: "\(number)", status: .serviceUnavailable, headers: [.retryAfter: "7"])
        }
        try await outs[0].run { first in
            try await outs[1].run { second in
                try await withHTTPClient { http in
                    for urls in [[first, second], [first]] {
                        let client = MFAClient(http: http, urls: urls)
                        for _ in 0..<3 {
                            let answer = try await client.send(method: "GET", path: "/\(urls.count)")
                            #expect(answer.status == 503 && answer.retryAfterSeconds == 7)
                        }
                    }
                }
            }
        }
        // The first of the three found out that both rest.
        let calls = outs.flatMap(\.heard.calls).map(\.target)
        #expect(calls.filter { $0 == "/api/v1/2" }.count == 4)
        #expect(calls.filter { $0 == "/api/v1/1" }.count == 3)
    }

    @Test func `a 503 outlasts a copy that cannot be reached`() async throws {
        let out = StandIn(json: "{}", status: .serviceUnavailable)
        let dead = try await deadURL()
        try await out.run { url async throws in
            try await withHTTPClient { http async throws in
                let client = MFAClient(http: http, urls: [url, dead])
                #expect(try await client.send(method: "GET", path: "/x").status == 503)
            }
        }
    }

    @Test func `ends at the deadline when no head comes and when no body comes`() async throws {
        let (begun, release) = AsyncStream.makeStream(of: Void.self)
        let other = StandIn { request, _ in
            if request.head.path?.hasSuffix("/head") == true {
                for await _ in begun {}
                return Response(status: .ok)
            }
            return Response(
                status: .ok,
                body: ResponseBody(contentLength: 10) { writer in
                    try await writer.write(ByteBuffer(string: "half"))
                    for await _ in begun {}
                    try await writer.finish(nil)
                })
        }
        try await other.run { url in
            try await withHTTPClient { http in
                let client = MFAClient(http: http, urls: [url])
                for path in ["/head", "/body"] {
                    let error = await failure { () throws(MFAClientError) in
                        try await client.send(method: "GET", path: path, deadline: .milliseconds(200))
                    }
                    guard case .deadlineExceeded = error else {
                        Issue.record("\(path): \(String(describing: error))")
                        continue
                    }
                }
                release.finish()
            }
        }
    }

    @Test func `refuses an answer beyond its bound`() async throws {
        let other = StandIn(json: String(repeating: " ", count: MFAClient.bodyBytesMax + 1))
        try await other.run { url in
            try await withHTTPClient { http in
                let client = MFAClient(http: http, urls: [url])
                let error = await failure { () throws(MFAClientError) in
                    try await client.send(method: "GET", path: "/x")
                }
                guard case .answerTooLarge = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
            }
        }
    }

    @Test func `follows no redirect`() async throws {
        let other = StandIn(json: "", status: .temporaryRedirect, headers: [.location: "/elsewhere"])
        try await other.run { url in
            try await withHTTPClient { http in
                let client = MFAClient(http: http, urls: [url])
                let answer = try await client.send(method: "GET", path: "/x")
                #expect(answer.status == 307)
            }
        }
        #expect(other.heard.calls.count == 1)
    }
}

// SPDX-License-Identifier: Apache-2.0
import AsyncHTTPClient
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import MFACoreServer
import MFADomain
import NIOCore
import NIOHTTP1
import Postgres
import Primitives
import ServiceRuntime
import Synchronization
import TestKit
import Testing

/// What came on a stream so far.
private final class Heard: Sendable {
    private let state = Mutex((text: "", openings: 0, isOver: false))

    var text: String { state.withLock { $0.text } }
    var openings: Int { state.withLock { $0.openings } }
    var isOver: Bool { state.withLock { $0.isOver } }

    func open() { state.withLock { $0.openings += 1 } }
    func add(_ buffer: ByteBuffer) { state.withLock { $0.text += String(buffer: buffer) } }
    func end() { state.withLock { $0.isOver = true } }
}

extension CoreDoor {
    /// Reads the stream of decisions while `body` runs, which begins once the stream tells them.
    fileprivate func withStream(_ body: (Heard) async throws -> Void) async throws {
        let port = try #require(client.port)
        let heard = Heard()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { heard.end() }
                // A stream ends whenever something may have been lost; sdk-service opens the next one, and so does this.
                while !draining.hasBegun { try await read(port, into: heard) }
            }
            defer { group.cancelAll() }
            try await listens(heard)
            try await body(heard)
        }
    }

    private func read(_ port: Int, into heard: Heard) async throws {
        let response = try await HTTPClient.shared.execute(
            HTTPClientRequest(url: "http://127.0.0.1:\(port)\(Paths.decisions)"), timeout: .seconds(60))
        try #require(response.status == .ok)
        heard.open()
        for try await chunk in response.body { heard.add(chunk) }
    }

    /// Decides in nobody's name until the stream tells of it.
    fileprivate func listens(_ heard: Heard) async throws {
        let probe = decision()
        try await eventually("the stream tells of decisions") {
            hub.announce([probe])
            return heard.text.contains("\(probe.id) ")
        }
    }

    /// A denied sign-in of nobody.
    fileprivate func decision() -> SignIn {
        SignIn(
            id: SystemRandomSource().identifier(), userID: nil, account: "vpn", application: "vpn", clientAddress: "",
            requested: .passcode, state: .denied, createdAt: Instant(seconds: 0), expiresAt: Instant(seconds: 60),
            decidedAt: Instant(seconds: 1))
    }
}

@Suite(.timeLimit(.minutes(2)))
struct DecisionHandlersTests {
    @Test func `begins with a beat and tells each decision in a line`() async throws {
        try await CoreDoor.open(on: .live) { door async throws in
            try await door.addUser()
            try await door.addToken()
            try await door.withStream { heard async throws in
                #expect(heard.text.hasPrefix("\n"))
                let approved = try await door.begin()
                _ = try await door.send(.answerSignIn, ["passcode": .string(RFC4226.passcodes[0])], id: approved)
                let cancelled = try await door.begin()
                _ = try await door.send(.cancelSignIn, id: cancelled)
                try await eventually("both are told") {
                    heard.text.contains("\n\(approved) approved\n") && heard.text.contains("\n\(cancelled) cancelled\n")
                }
            }
        }
    }

    @Test func `tells what another copy decided`() async throws {
        try await CoreDoor.open(on: .live) { door async throws in
            try await door.withStream { heard async throws in
                let decided = door.decision()
                try await door.database.withClient { client in
                    let other = DecisionHub(client: client, logger: .silent)
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask { try await other.run() }
                        defer { group.cancelAll() }
                        other.announce([decided])
                        try await eventually("it is told") { heard.text.contains("\n\(decided.id) denied\n") }
                    }
                }
            }
        }
    }

    // What was decided meanwhile is lost to the stream, so its readers begin anew and ask for states.
    @Test func `a lost connection to the database ends the stream`() async throws {
        try await CoreDoor.open(on: .live) { door async throws in
            try await door.withStream { heard async throws in
                let openings = heard.openings
                // One connection listens and notifies.
                let ended = try await door.database.database.terminateSessions(
                    where: "(query like 'listen%' or query like '%pg_notify%')")
                #expect(ended == 1)
                try await eventually("the stream was opened again") { heard.openings > openings }
                try await door.listens(heard)
            }
        }
    }

    @Test func `a stop ends the stream in an orderly way`() async throws {
        try await CoreDoor.open(on: .live) { door async throws in
            try await door.withStream { heard async throws in
                door.draining.begin()
                try await eventually("the stream is over") { heard.isOver }
                #expect(heard.text.hasSuffix("\n"))
            }
        }
    }

    @Test func `says what became of many sign-ins, and leaves out what is none`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            try await door.addToken()
            let pending = try await door.begin()
            let approved = try #require(try await door.check("alice", RFC4226.passcodes[0])["id"])
            let answer = try await door.states(
                #"{"ids":["\#(pending)","\#(CoreDoor.noID)","no id","\#(approved)"]}"#)
            #expect(answer.status == .ok)
            let items = answer.json?["items"]?.items ?? []
            let states = Dictionary(
                items.map { ($0["id"]?.text ?? "", $0["state"]?.text ?? "") }, uniquingKeysWith: { first, _ in first })
            #expect(states == [pending: "pending", approved: "approved"])
            #expect(try await door.states(#"{"ids":[]}"#).text == #"{"items":[]}"#)
        }
    }

    @Test func `refuses more than a thousand ids, and what is no list of ids`() async throws {
        try await CoreDoor.open { door async throws in
            func list(_ count: Int) -> String {
                #"{"ids":["# + Array(repeating: "\"\(CoreDoor.noID)\"", count: count).joined(separator: ",") + "]}"
            }
            #expect(try await door.states(list(1000)).status == .ok)
            #expect(try await door.states(list(1001)).code == "invalid_request")
            #expect(try await door.states(list(2000)).status == .contentTooLarge)
            for body in [
                "", "[]", "{}", #"{"ids":null}"#, #"{"ids":"a"}"#, #"{"ids":[1]}"#, #"{"ids":[],"ids":[]}"#,
                #"{"ids":[],"more":1}"#,
            ] {
                #expect(try await door.states(body).code == "invalid_request", "\(body)")
            }
        }
    }
}

extension CoreDoor {
    fileprivate func states(_ body: String) async throws -> TestResponse {
        try await client.execute(
            uri: Paths.signInStates, method: .post, headers: [.contentType: "application/json"],
            body: ByteBuffer(string: body))
    }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import NIOCore
import TestKit
import Testing

struct BundleHandlersTests {
    /// A call that begins a sign-in, as sdk-service writes it.
    private static func call(
        _ number: UInt32, _ body: String, as account: Account = .vpn, _ more: [(String, String)] = []
    ) -> CallFrame {
        let fields = account.fields(for: .startSignIn).map { ($0.name.canonicalName, $0.value) }
        return CallFrame(number: number, fields: fields + more, body: Array(body.utf8))
    }

    private static func check(_ number: UInt32, _ passcode: String, user: String = "alice") -> CallFrame {
        call(number, #"{"user":"\#(user)","factor":"passcode","passcode":"\#(passcode)"}"#)
    }

    private static func bytes(_ calls: [CallFrame]) -> [UInt8] {
        var bytes: [UInt8] = []
        for call in calls {
            let isWritten = call.write(to: &bytes)
            #expect(isWritten)
        }
        return bytes
    }

    /// Sends a bundle and gives back the answers by their numbers.
    private static func send(_ calls: [CallFrame], to door: CoreDoor) async throws -> [UInt32: CallFrame] {
        let response = try await post(bytes(calls), to: door)
        #expect(response.status == .ok)
        var reader = CallFrameReader()
        reader.append(response.body.readableBytesView)
        var answers: [UInt32: CallFrame] = [:]
        while let answer = try reader.next() {
            let earlier = answers.updateValue(answer, forKey: answer.number)
            #expect(earlier == nil)
        }
        #expect(reader.isAtEnd)
        return answers
    }

    private static func post(_ bytes: [UInt8], to door: CoreDoor) async throws -> TestResponse {
        try await door.client.execute(uri: Paths.signInBundles, method: .post, body: ByteBuffer(bytes: bytes))
    }

    private static func json(_ answer: CallFrame?) -> JSON? { answer.flatMap { JSON(parsing: $0.body) } }

    @Test func `each call of a bundle is answered as if it had come by itself`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            try await door.addToken()
            let answers = try await Self.send(
                [
                    Self.check(0, RFC4226.passcodes[0]), Self.check(1, RFC4226.wrongPasscode),
                    Self.check(2, "755224", user: "nobody"), Self.call(3, #"{"user":"alice"}"#),
                    Self.call(4, #"{"user":"alice","user":"bob"}"#),
                    Self.call(5, #"{"user":"alice"}"#, as: .administrator),
                ], to: door)
            #expect(answers.count == 6)
            #expect(answers[0]?.status == 200 && Self.json(answers[0])?["state"]?.text == "approved")
            #expect(answers[1]?.status == 200 && Self.json(answers[1])?["state"]?.text == "denied")
            #expect(answers[2]?.status == 200 && Self.json(answers[2])?["reason"]?.text == "refused")
            #expect(Self.json(answers[3])?["nextStep"]?.text == "passcode")
            #expect(answers[4]?.status == 400 && Self.json(answers[4])?["code"]?.text == "invalid_request")
            #expect(answers[4]?.field("content-type") == "application/problem+json")
            #expect(answers[5]?.status == 403 && Self.json(answers[5])?["code"]?.text == "forbidden")
        }
    }

    @Test func `one passcode in many calls of one bundle is accepted once (R3)`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            try await door.addToken()
            let calls = (0..<64).map { Self.check($0, RFC4226.passcodes[0]) }
            let answers = try await Self.send(calls, to: door)
            let approved = answers.values.filter { Self.json($0)?["state"]?.text == "approved" }
            #expect(answers.count == 64 && approved.count == 1)
        }
    }

    @Test func `a key that comes again, in a bundle or by itself, gets the stored answer (R72)`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            try await door.addToken()
            let body = #"{"factor":"passcode","passcode":"755224","user":"alice"}"#
            let call = Self.call(0, body, [(HeaderNames.idempotencyKey, "k1")])
            let first = try #require(try await Self.send([call], to: door)[0])
            let second = try #require(try await Self.send([call], to: door)[0])
            #expect(Self.json(first)?["state"]?.text == "approved" && first.body == second.body)
            let alone = try await door.send(.startSignIn, raw: body, key: "k1")
            #expect(Array(alone.body.readableBytesView) == first.body)
        }
    }

    @Test func `the audit names the request and the address of each call (R87)`() async throws {
        try await CoreDoor.open { door async throws in
            _ = try await Self.send(
                [Self.call(0, #"{"user":"nobody","passcode":"000000"}"#, [(HeaderNames.requestID, "request-7")])],
                to: door)
            let row = try await door.value(
                "select concat_ws(' ', request_id, peer, actor) as t from core.audit_event order by id desc limit 1")
            #expect(row == "request-7 192.0.2.1 vpn")
        }
    }

    @Test(
        arguments: [
            [], [0, 0, 0, 1, 0], [0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0], Array("{\"user\":\"alice\"}".utf8),
        ] as [[UInt8]])
    func `what is no bundle is refused whole`(bytes: [UInt8]) async throws {
        try await CoreDoor.open { door async throws in
            let response = try await Self.post(bytes, to: door)
            #expect(response.status == .badRequest && response.code == "invalid_request")
        }
    }

    @Test func `more calls than a bundle may hold are refused, and none is carried out`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            try await door.addToken()
            let calls = (0...UInt32(BundleLimits.callsMax)).map { Self.check($0, RFC4226.passcodes[0]) }
            #expect(try await Self.post(Self.bytes(calls), to: door).status == .badRequest)
            #expect(try await door.check("alice", RFC4226.passcodes[0])["state"] == "approved")
        }
    }
}

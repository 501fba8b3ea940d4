// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPKit
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import NIOCore
import SDKServer
import ServiceRuntime
import Synchronization
import TestKit
import Testing

struct HeldAnswersTests {
    private static let push = #"{"user":"alice","factor":"push","waitSeconds":50}"#
    private static let pending = #"{"id":"a1","nextStep":"wait","state":"pending"}"#
    private static let approved = #"{"id":"a1","state":"approved"}"#

    /// Asks so seldom that only a line can wake anybody.
    private static func linesOnly() -> DecisionsStream.Timing {
        var timing = DecisionsStream.Timing()
        timing.asking = .seconds(3600)
        timing.pauseMin = .milliseconds(5)
        timing.pauseMax = .milliseconds(20)
        return timing
    }

    // R96: what nobody sets, and so no other test here would miss: a line that is lost makes an answer five seconds late.
    @Test func `whoever waits is asked about every four seconds, whatever the stream says`() {
        let timing = DecisionsStream.Timing()
        #expect(timing.asking >= .seconds(1) && timing.asking <= .seconds(4))
        #expect(timing.silence <= .seconds(25))
        #expect(timing.pauseMin < timing.pauseMax && timing.pauseMax <= .seconds(5))
    }

    @Test func `a line ends the wait, and the caller reads as itself`() async throws {
        try await Door.open(timing: Self.linesOnly()) { door async throws in
            door.core.answersSignIns()
            async let answer = door.send(
                .post, "/sign-ins", headers: [.fixed(HeaderNames.idempotencyKey): "k"], body: Self.push)
            try await door.waits(for: "a1")
            door.core.decide("a1")
            door.core.say("b2 approved")
            door.core.say("a1 approved")
            #expect(try await answer.text == Self.approved)
            #expect(door.core.calls.map(\.target) == ["/internal/v1/sign-ins", "/internal/v1/sign-ins/a1"])
            #expect(door.core.calls.first?.body == Self.push)
            let reading = try #require(door.core.calls.last)
            #expect(reading.header(HeaderNames.account) == "integrator")
            #expect(reading.header(HeaderNames.operation) == "read-sign-in")
            #expect(reading.header(HeaderNames.idempotencyKey) == nil)
        }
    }

    @Test func `a long poll is held here and not handed on`() async throws {
        try await Door.open(timing: Self.linesOnly()) { door async throws in
            door.core.answersSignIns(nextStep: "passcode")
            async let answer = door.send(.get, "/sign-ins/a1?waitSeconds=30")
            try await door.waits(for: "a1")
            door.core.decide("a1", as: "denied")
            door.core.say("a1 denied")
            #expect(try await answer.text == #"{"id":"a1","state":"denied"}"#)
            #expect(Set(door.core.calls.map(\.target)) == ["/internal/v1/sign-ins/a1"])
        }
    }

    @Test func `several callers of one sign-in, and lines that come twice`() async throws {
        try await Door.open(timing: Self.linesOnly()) { door async throws in
            door.core.answersSignIns()
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<3 {
                    group.addTask { try await door.send(.get, "/sign-ins/a1?waitSeconds=50").text }
                }
                try await door.waits(for: "a1")
                try await eventually("all three have read") { door.core.calls.count == 3 }
                door.core.decide("a1")
                door.core.say("a1 approved")
                door.core.say("a1 approved")
                for try await text in group { #expect(text == Self.approved) }
            }
            door.core.say("a1 approved")
            #expect(try await door.send(.get, "/sign-ins/a1?waitSeconds=50").text == Self.approved)
        }
    }

    @Test func `a line that is not true yet does not end the wait`() async throws {
        try await Door.open(timing: Self.linesOnly()) { door async throws in
            door.core.answersSignIns()
            async let answer = door.send(.post, "/sign-ins", body: Self.push)
            try await door.waits(for: "a1")
            door.core.say("a1 approved")
            try await eventually("it has read again") { door.core.calls.count == 2 }
            try await door.waits(for: "a1")
            door.core.decide("a1")
            door.core.say("a1 approved")
            #expect(try await answer.text == Self.approved)
        }
    }

    @Test func `without a stream the question about states ends the wait`() async throws {
        var timing = Self.linesOnly()
        timing.asking = .milliseconds(20)
        try await Door.open(timing: timing) { door async throws in
            door.core.answersSignIns()
            door.core.cutStreams(refusing: true)
            async let answer = door.send(.post, "/sign-ins", body: Self.push)
            try await door.waits(for: "a1")
            door.core.decide("a1")
            #expect(try await answer.text == Self.approved)
        }
    }

    @Test func `what a cut stream did not tell is asked for at the next one`() async throws {
        try await Door.open(timing: Self.linesOnly()) { door async throws in
            door.core.answersSignIns()
            async let answer = door.send(.post, "/sign-ins", body: Self.push)
            try await door.waits(for: "a1")
            door.core.decide("a1")
            door.core.cutStreams()
            #expect(try await answer.text == Self.approved)
            #expect(door.core.streamsOpened == 2)
        }
    }

    @Test func `a silent stream is given up`() async throws {
        var timing = Self.linesOnly()
        timing.silence = .milliseconds(50)
        try await Door.open(timing: timing) { door async throws in
            try await eventually("a third stream is open") { door.core.streamsOpened >= 3 }
        }
    }

    // At SIGTERM every poll is answered at once with the present state.
    @Test func `draining answers every poll at once`() async throws {
        try await Door.open(timing: Self.linesOnly()) { door async throws in
            door.core.answersSignIns()
            async let answer = door.send(.post, "/sign-ins", body: Self.push)
            try await door.waits(for: "a1")
            door.draining.begin()
            #expect(try await answer.text == Self.pending)
            try await eventually("the room is closed") { door.registry.waitingIDs.isEmpty }
            #expect(try await door.send(.post, "/sign-ins", body: Self.push).text == Self.pending)
        }
    }

    @Test func `the wait ends with the present state when its time is over`() async throws {
        try await Door.open { door async throws in
            door.core.answersSignIns()
            let answer = try await door.send(.get, "/sign-ins/a1?waitSeconds=1")
            #expect(answer.text == Self.pending)
            #expect(door.core.calls.count == 2)
        }
    }

    // A connection may live through millions of requests; none of them may leave anything with it.
    @Test func `a wait leaves nothing with its connection`() async throws {
        let peer = PeerIdentity()
        try await PeerIdentity.$current.withValue(peer) {
            try await Door.open { door async throws in
                door.core.answersSignIns()
                async let answer = door.send(.get, "/sign-ins/a1?waitSeconds=50")
                try await eventually("the caller waits") { !door.registry.waitingIDs.isEmpty }
                #expect(peer.end.count == 1)
                door.registry.close()
                #expect(try await answer.text == Self.pending)
                #expect(peer.end.count == 0)
            }
        }
    }

    @Test func `only what waits for a person is held`() async throws {
        try await Door.open { door async throws in
            door.core.answersSignIns(nextStep: "passcode")
            let passcode = #"{"user":"alice","factor":"passcode","waitSeconds":50}"#
            #expect(try await door.send(.post, "/sign-ins", body: passcode).status == .ok)
            door.core.answersSignIns()
            for body in [#"{"user":"alice","waitSeconds":0}"#, #"{"user":"alice"}"#] {
                #expect(try await door.send(.post, "/sign-ins", body: body).text == Self.pending)
            }
            #expect(try await door.send(.get, "/sign-ins/a1").text == Self.pending)
            #expect(try await door.send(.get, "/sign-ins/a1?waitSeconds=0").text == Self.pending)
            #expect(door.core.calls.count == 5)
        }
    }

    @Test func `a mfa-core that is gone when the wait ends leaves the first answer`() async throws {
        try await Door.open { door async throws in
            door.core.answersSignIns()
            async let answer = door.send(.post, "/sign-ins", body: Self.push)
            try await door.waits(for: "a1")
            door.core.answers { _ in FakeCore.Answer(status: 503) }
            door.registry.hear("a1")
            #expect(try await answer.text == Self.pending)
        }
    }

    @Test func `beyond the limit nobody is held`() async throws {
        try await Door.open(registry: WaitRegistry(waitersMax: 1)) { door async throws in
            door.core.answersSignIns()
            async let held = door.send(.get, "/sign-ins/a1?waitSeconds=50")
            try await door.waits(for: "a1")
            #expect(try await door.send(.get, "/sign-ins/b2?waitSeconds=50").status == .ok)
            door.registry.close()
            #expect(try await held.text == Self.pending)
        }
    }

    @Test(arguments: ["-1", "56", "1.5", "\"5\"", "true", "99999999999999999999"])
    func `waitSeconds beyond its bounds is refused before anything happens`(value: String) async throws {
        try await Door.open { door async throws in
            let body = "{\"user\":\"alice\",\"factor\":\"push\",\"waitSeconds\":\(value)}"
            #expect(try await door.send(.post, "/sign-ins", body: body).code == "invalid_request")
            #expect(door.core.calls.isEmpty)
        }
    }

    @Test(arguments: ["-1", "56", "1.5", "1e1", "", "+5", "005", "99999999999999999999"])
    func `waitSeconds of a long poll likewise`(value: String) async throws {
        try await Door.open { door async throws in
            let answer = try await door.send(.get, "/sign-ins/a1?waitSeconds=\(value)")
            #expect(answer.code == "invalid_request")
            #expect(door.core.calls.isEmpty)
        }
    }
}

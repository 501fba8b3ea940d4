// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import NIOCore
import SDKServer
import Synchronization
import TestKit
import Testing

/// R97: per-account limits and shedding, as callers see them.
struct TurnstileTests {
    private static let body = #"{"user":"alice","factor":"passcode","passcode":"755224"}"#

    @Test func `above its rate an account gets 429 with Retry-After, and others do not notice`() async throws {
        try await Door.open { door async throws in
            door.accounts.replace(
                MemoryAccounts.account("busy", [.authenticate], limits: .init(ratePerSecond: 3)))
            for _ in 0..<3 { #expect(try await door.send(.get, "/sign-ins/a1", as: "busy").status == .ok) }
            let refused = try await door.send(.get, "/sign-ins/a1", as: "busy")
            #expect(refused.status == .tooManyRequests && refused.code == "too_many_requests")
            #expect(refused.headers[.retryAfter] == "1")
            // The credentials were right: nobody is asked for others.
            #expect(refused.headers[.wwwAuthenticate] == nil)
            #expect(try await door.send(.get, "/sign-ins/a1").status == .ok)
            door.clock.advance(by: .milliseconds(400))
            #expect(try await door.send(.get, "/sign-ins/a1", as: "busy").status == .ok)
            #expect(door.core.calls.count == 5)
        }
    }

    @Test func `a limit that an administrator changes counts after two seconds at most`() async throws {
        try await Door.open { door async throws in
            door.accounts.replace(
                MemoryAccounts.account("busy", [.authenticate], limits: .init(ratePerSecond: 1)))
            #expect(try await door.send(.get, "/sign-ins/a1", as: "busy").status == .ok)
            #expect(try await door.send(.get, "/sign-ins/a1", as: "busy").status == .tooManyRequests)
            door.accounts.replace(MemoryAccounts.account("busy", [.authenticate]))
            door.clock.advance(by: .milliseconds(2001))
            for _ in 0..<10 { #expect(try await door.send(.get, "/sign-ins/a1", as: "busy").status == .ok) }
        }
    }

    @Test func `a full queue is 503 with Retry-After at once, and what has a place is answered`() async throws {
        let capacity = CapacityConfiguration(callsMax: 8, queueMax: 4)
        try await Door.open(capacity: capacity) { door async throws in
            let gate = Gate()
            door.core.answersHeld(by: gate)
            try await withThrowingTaskGroup(of: (HTTPResponse.Status, String?).self) { group in
                for _ in 0..<12 {
                    group.addTask {
                        let answer = try await door.send(.post, "/sign-ins", body: Self.body)
                        return (answer.status, answer.headers[.retryAfter])
                    }
                }
                // Six places for one account and half of the queue: the rest is refused while the others still wait.
                var refused = 0
                while refused < 4, let (status, retry) = try await group.next() {
                    #expect(status == .serviceUnavailable && retry == "1")
                    refused += 1
                }
                #expect(door.turnstile.queued == 2)
                gate.open()
                var answered = 0
                while let (status, _) = try await group.next() {
                    #expect(status == .ok)
                    answered += 1
                }
                #expect(answered == 8)
            }
            #expect(door.turnstile.queued == 0)
        }
    }

    @Test func `one account's hanging calls do not keep another one out`() async throws {
        let capacity = CapacityConfiguration(callsMax: 16, sharedCallsMax: 8, queueMax: 1000)
        try await Door.open(capacity: capacity) { door async throws in
            #expect(try await door.send(.get, "/sign-ins/a1", as: "everything").status == .ok)
            let gate = Gate()
            door.core.answersHeld(by: gate) { $0.header(HeaderNames.account) == "integrator" }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<100 {
                    group.addTask { _ = try await door.send(.post, "/sign-ins", body: Self.body) }
                }
                try await eventually("calls wait for their turn") { door.turnstile.queued >= 80 }
                for _ in 0..<10 {
                    let answer = try await door.send(.post, "/sign-ins", as: "everything", body: Self.body)
                    #expect(answer.status == .ok)
                }
                gate.open()
                try await group.waitForAll()
            }
        }
    }

    @Test func `a turn that does not come in time is 503, and nothing is asked of mfa-core`() async throws {
        let capacity = CapacityConfiguration(callsMax: 8, queueMax: 100)
        try await Door.open(capacity: capacity) { door async throws in
            let gate = Gate()
            door.core.answersHeld(by: gate)
            try await withThrowingTaskGroup(of: HTTPResponse.Status.self) { group in
                for _ in 0..<10 {
                    group.addTask { try await door.send(.post, "/sign-ins", body: Self.body).status }
                }
                try await eventually("calls wait for their turn") { door.turnstile.queued == 4 }
                door.clock.advance(by: .milliseconds(2001))
                door.turnstile.tidy()
                for _ in 0..<4 { #expect(try await group.next() == .serviceUnavailable) }
                gate.open()
                for try await status in group { #expect(status == .ok) }
            }
            #expect(door.core.calls.count == 6)
        }
    }

    @Test func `beyond its limit an answer is not held back but given as it stands`() async throws {
        try await Door.open { door async throws in
            door.core.answersSignIns()
            door.accounts.replace(
                MemoryAccounts.account("poller", [.authenticate], limits: .init(waitingMax: 1)))
            async let held = door.send(.get, "/sign-ins/a1?waitSeconds=55", as: "poller")
            try await door.waits(for: "a1")
            let second = try await door.send(.get, "/sign-ins/b2?waitSeconds=55", as: "poller")
            #expect(second.status == .ok && second.text.contains("pending"))
            door.core.decide("a1")
            door.registry.hear("a1")
            #expect(try await held.text.contains("approved"))
        }
    }

    // R97: begun sign-ins and what a phone needs to answer one come first.
    @Test func `reads, answers, cancellations and device answers are begun; all else is new`() {
        let begun = MFAAPI.Operation.allCases.filter { $0.stage == .begun }
        #expect(
            Set(begun) == [
                .readSignIn, .answerSignIn, .cancelSignIn, .choosePortalFactor, .createNonce, .listChallenges,
                .answerChallenge,
            ])
    }
}

// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Primitives
import Testing

/// R29: exactly one final state.
@Suite struct SignInTests {
    private let start = Instant(seconds: 1_800_000_000)
    private let factor: FactorID = SystemRandomSource().identifier()

    private func pending() -> SignIn {
        SignIn(
            id: SystemRandomSource().identifier(), userID: SystemRandomSource().identifier(), account: "vpn",
            application: "vpn", clientAddress: "", requested: .push, createdAt: start,
            expiresAt: start + .seconds(60),
            prompt: Prompt(number: "012345", numberDigits: 6, nonce: "n", createdAtText: start.description))
    }

    private var events: [SignInEvent] {
        [
            .approve(factor, .device), .deny(.deniedByUser, retryAfterSeconds: nil), .wrongPasscode, .clockPassed,
            .cancel,
        ]
    }

    @Test func `takes nothing once it is decided`() {
        for first in events {
            for second in events {
                var signIn = pending()
                let late = start + .seconds(61)
                _ = signIn.handle(first, at: late)
                guard signIn.state != .pending else { continue }
                let (state, decidedAt) = (signIn.state, signIn.decidedAt)
                let hasChanged = signIn.handle(second, at: late + .seconds(1))
                #expect(!hasChanged)
                #expect(signIn.state == state)
                #expect(signIn.decidedAt == decidedAt)
            }
        }
    }

    // R28
    @Test func `approves up to the last moment and expires from then on`() {
        var early = pending()
        _ = early.handle(.approve(factor, .device), at: start + .milliseconds(59_900))
        #expect(early.state == .approved)
        var late = pending()
        _ = late.handle(.approve(factor, .device), at: start + .milliseconds(60_100))
        #expect(late.state == .expired)
        #expect(late.factorID == nil)
    }

    @Test func `does not expire before its time`() {
        var signIn = pending()
        let hasChanged = signIn.handle(.clockPassed, at: start + .seconds(59))
        #expect(!hasChanged)
        #expect(signIn.state == .pending)
    }

    @Test func `is denied by the third wrong passcode`() {
        var signIn = pending()
        for expected in [SignInState.pending, .pending, .denied] {
            _ = signIn.handle(.wrongPasscode, at: start)
            #expect(signIn.state == expected)
        }
        #expect(signIn.reason == .refused)
    }

    @Test func `forgets the number when it is decided`() {
        var signIn = pending()
        _ = signIn.handle(.cancel, at: start)
        #expect(signIn.prompt?.number == nil)
        #expect(signIn.prompt?.nonce == "n")
    }
}

// SPDX-License-Identifier: Apache-2.0
import MFADomain
import OneTimePassword
import Primitives
import Testing

@Suite struct FactorTests {
    private func factor(_ mechanism: Factor.Mechanism) -> Factor {
        let random = SystemRandomSource()
        return Factor(
            id: random.identifier(), userID: random.identifier(), name: "", state: .active,
            createdAt: Instant(seconds: 0), mechanism: mechanism)
    }

    @Test func `is of the kind that its mechanism makes it`() {
        #expect(factor(.oneTimePassword(.totp())).kind == .totp)
        #expect(factor(.oneTimePassword(.hotp())).kind == .hotp)
        #expect(factor(.device(TestPhone.alices.state)).kind == .device)
        #expect(factor(.recovery(RecoveryState(salt: [], cost: 14, hashes: []))).kind == .recovery)
    }

    @Test func `takes passcodes or does not, and may be used up`() {
        let codes = factor(.recovery(RecoveryState(salt: [], cost: 14, hashes: [[1]])))
        let none = factor(.recovery(RecoveryState(salt: [], cost: 14, hashes: [])))
        let (token, phone) = (factor(.oneTimePassword(.totp())), factor(.device(TestPhone.alices.state)))
        #expect([codes, none, token, phone].map(\.takesPasscodes) == [true, true, true, false])
        #expect([codes, none, token, phone].map(\.isUsedUp) == [false, true, false, false])
        #expect([codes, none, token, phone].map(\.isReadable) == [true, true, true, true])
    }

    @Test func `shows the state of its own mechanism alone`() {
        #expect(factor(.oneTimePassword(.totp())).device == nil)
        #expect(factor(.device(TestPhone.alices.state)).oneTimePassword == nil)
    }

    // R15
    @Test func `is disabled by the failure that exhausts its budget`() {
        var factor = factor(.oneTimePassword(.totp()))
        let limits = FailureLimits(softLimit: 2, hardCap: 3)
        let now = Instant(seconds: 0)
        var verdicts: [FailureVerdict] = []
        for _ in 0..<3 { verdicts.append(factor.recordFailure(at: now, limits: limits)) }
        #expect(verdicts == [.counted, .delayed, .exhausted])
        #expect(factor.state == .disabled)
    }
}

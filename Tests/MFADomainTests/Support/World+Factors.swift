// SPDX-License-Identifier: Apache-2.0
import MFADomain
import OneTimePassword
import Primitives

/// The key of the RFCs' examples, cut to what each hash takes (RFC 4226 App. D, RFC 6238 App. B).
func rfcSecret(_ algorithm: OneTimePasswordAlgorithm = .sha1) -> SecretBytes {
    let length =
        switch algorithm {
        case .sha1: 20
        case .sha256: 32
        case .sha512: 64
        }
    return SecretBytes((0..<length).map { UInt8(ascii: "0") + UInt8(($0 + 1) % 10) })
}

extension OneTimePasswordState {
    /// A time-based state with the RFCs' key.
    static func totp(
        digits: Int = 6, period: Int = 30, algorithm: OneTimePasswordAlgorithm = .sha1, secret: SecretBytes? = nil
    ) -> Self {
        Self(
            algorithm: algorithm, digits: digits, movingFactor: .time(periodSeconds: period),
            secret: .open(secret ?? rfcSecret(algorithm)))
    }

    /// A counter-based state whose next passcode is that of `counter`.
    static func hotp(counter: Int64 = 0, digits: Int = 6, secret: SecretBytes? = nil) -> Self {
        Self(
            algorithm: .sha1, digits: digits, movingFactor: .counter, secret: .open(secret ?? rfcSecret()),
            lastStep: counter == 0 ? nil : counter - 1)
    }

    /// The passcode of a step or counter.
    func passcode(at step: Int64) -> String {
        guard case .open(let secret) = secret else { return "" }
        return HOTP.passcode(secret: secret, counter: UInt64(step), digits: digits, algorithm: algorithm).text
    }

    /// The step of `now`.
    func step(at now: Instant) -> Int64 {
        guard case .time(let period) = movingFactor else { return 0 }
        return Int64(TOTP.step(at: now, period: period))
    }
}

extension World {
    /// Gives the person a one-time factor.
    mutating func own(
        _ password: OneTimePasswordState, state: FactorState = .active, lastUsedAt: Instant? = nil
    ) throws -> FactorID {
        let id: FactorID = random.identifier()
        factors.append(
            Factor(
                id: id, userID: try userID, name: "token", state: state, createdAt: now, lastUsedAt: lastUsedAt,
                mechanism: .oneTimePassword(password)))
        return id
    }

    /// Gives the person a phone.
    mutating func own(_ phone: TestPhone, state: FactorState = .active) throws -> FactorID {
        let id: FactorID = random.identifier()
        factors.append(
            Factor(
                id: id, userID: try userID, name: "phone", state: state, createdAt: now,
                mechanism: .device(phone.state)))
        return id
    }

    /// The person's id.
    var userID: UserID {
        get throws(Refusal) {
            guard let user else { throw Refusal(.notFound, reason: "there is nobody in this world") }
            return user.id
        }
    }

    /// The passcode that the factor shows `steps` after now, or that of its next counter and `steps` more.
    func passcode(of id: FactorID, steps: Int64 = 0) throws -> String {
        guard let state = try factor(id).oneTimePassword else { return "" }
        switch state.movingFactor {
        case .time: return state.passcode(at: state.step(at: now) + steps)
        case .counter: return state.passcode(at: (state.lastStep ?? -1) + 1 + steps)
        }
    }

    /// Tries a passcode.
    mutating func check(_ passcode: String, _ rule: PasscodeRule = PasscodeRule()) throws -> PasscodeRule.Outcome {
        try decide { personCase throws(Refusal) in rule.decide(passcode, in: &personCase) }
    }

    /// Whether a passcode is taken.
    mutating func accepts(_ passcode: String, _ rule: PasscodeRule = PasscodeRule()) throws -> Bool {
        if case .accepted = try check(passcode, rule) { true } else { false }
    }
}

extension PasscodeRule {
    /// A rule whose budget never runs out, for tests of something else.
    static let patient = PasscodeRule(limits: FailureLimits(softLimit: 100_000, hardCap: 1_000_000))
}

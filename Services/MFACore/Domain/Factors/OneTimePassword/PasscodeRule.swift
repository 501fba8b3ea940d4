// SPDX-License-Identifier: Apache-2.0
import OneTimePassword
package import Primitives

/// Tries a passcode on all one-time factors of a person, as one decision; recovery codes are one of them.
///
/// | what comes | what happens |
/// |---|---|
/// | right for one factor | that one is spent and its budget reset; no other factor changes |
/// | wrong or spent before | one failure on each factor that was tried |
/// | no possible code, or a length that fits none | one failure on each that would have been tried, no HMAC (R11) |
/// | a recovery code | tried on recovery codes alone, and any other passcode on none of them |
/// | one-time factors of other kinds only | `notAllowed`; nothing is evaluated |
/// | every factor delayed or disabled | `locked`; nothing is evaluated (R14) |
package struct PasscodeRule: Sendable {
    /// Factors tried for one passcode; the ones used last come first.
    package static let factorsMax = 8

    package let limits: FailureLimits
    package let windows: OneTimePasswordWindows

    package init(limits: FailureLimits = FailureLimits(), windows: OneTimePasswordWindows = OneTimePasswordWindows()) {
        self.limits = limits
        self.windows = windows
    }

    /// What became of a passcode, for the audit and for the sign-in.
    package enum Outcome: Sendable, Equatable {
        case accepted(FactorID, FactorKind)
        case replayed
        case wrong
        case locked
        case noFactor
        /// The person has one-time factors, and none of a kind that may be used here.
        case notAllowed
        /// A secret could not be opened and no other factor took the code.
        case integrity
    }

    /// Judges `passcode` for the person of `personCase`, and notes what changes.
    ///
    /// - Parameters:
    ///   - recovery: the same as a recovery code, hashed for the person, where it is one.
    ///   - kinds: those that may be tried.
    package func decide(
        _ passcode: String, recovery: HashedRecoveryCode? = nil, kinds: [FactorKind] = FactorKind.allCases,
        in personCase: inout PersonCase
    ) -> Outcome {
        let typed = Typed(code: PasscodeDigits(parsing: passcode), recovery: recovery)
        let all = typed.meant(among: personCase.factors.filter { $0.takesPasscodes && $0.state != .unconfirmed })
        let owned = all.filter { kinds.contains($0.kind) }
        guard !owned.isEmpty else {
            Self.evaluateDummy(passcode)
            return all.isEmpty ? .noFactor : .notAllowed
        }
        let open = owned.filter { $0.state == .active && !$0.budget.isDelayed(at: personCase.now) }
            .sorted { Self.usedLater($0, $1) }
        guard !open.isEmpty else {
            Self.evaluateDummy(passcode)
            return .locked
        }
        let fitting = open.filter(typed.fits)
        guard !fitting.isEmpty else {
            return fail(Array(open.prefix(Self.factorsMax)), in: &personCase, worst: .wrong)
        }
        return judge(typed, on: Array(fitting.prefix(Self.factorsMax)), in: &personCase)
    }

    /// What was typed, as whatever it can be.
    private struct Typed {
        let code: PasscodeDigits?
        let recovery: HashedRecoveryCode?

        /// The factors that it can be for, so that guesses at recovery codes touch no token and guesses at tokens no
        /// recovery codes (R21); where it can be for none, all of them.
        func meant(among factors: [Factor]) -> [Factor] {
            let meant = factors.filter { $0.recovery == nil ? code != nil : recovery != nil }
            return meant.isEmpty ? factors : meant
        }

        func fits(_ factor: Factor) -> Bool {
            if factor.recovery != nil { return recovery != nil }
            guard let code, let state = factor.oneTimePassword else { return false }
            return state.digits == code.count
        }

        /// What `factor` says of it; spent is what it accepts.
        func judged(by factor: inout Factor, at now: Instant, windows: OneTimePasswordWindows) -> PasscodeVerdict {
            if var state = factor.recovery, let recovery {
                defer { factor.recovery = state }
                return state.judge(recovery)
            }
            guard var state = factor.oneTimePassword, let code else { return .wrong }
            defer { factor.oneTimePassword = state }
            return state.judge(code, at: now, windows: windows)
        }
    }

    private func judge(_ typed: Typed, on factors: [Factor], in personCase: inout PersonCase) -> Outcome {
        var tried: [Factor] = []
        var worst = Outcome.integrity
        for var factor in factors {
            switch typed.judged(by: &factor, at: personCase.now, windows: windows) {
            case .accepted:
                factor.budget.reset()
                factor.lastUsedAt = personCase.now
                personCase.update(factor)
                if factor.kind == .recovery, let recovery = typed.recovery {
                    personCase.record(.spendRecoveryCode(factor.id, hash: recovery.hash))
                }
                return .accepted(factor.id, factor.kind)
            case .replayed:
                worst = .replayed
                tried.append(factor)
            case .wrong:
                if worst != .replayed { worst = .wrong }
                tried.append(factor)
            case .unreadable:
                personCase.record(
                    AuditEvent(
                        "factor.integrity", outcome: "refused", reason: "integrity", userID: factor.userID,
                        factorID: factor.id, factorKind: factor.kind))
            }
        }
        return fail(tried, in: &personCase, worst: worst)
    }

    private func fail(_ factors: [Factor], in personCase: inout PersonCase, worst: Outcome) -> Outcome {
        // Where the secret cannot be read nothing was evaluated, and nothing counts.
        for factor in factors where factor.isReadable {
            personCase.countFailure(of: factor, limits: limits)
        }
        return worst
    }

    private static func usedLater(_ left: Factor, _ right: Factor) -> Bool {
        let times = (left.lastUsedAt?.microseconds ?? .min, right.lastUsedAt?.microseconds ?? .min)
        return times.0 == times.1 ? left.id < right.id : times.0 > times.1
    }

    /// Does the work of a check whose answer is known beforehand, so that its duration tells nothing (R19).
    package static func evaluateDummy(_ passcode: String) {
        guard let code = PasscodeDigits(parsing: passcode) else { return }
        _ = TOTP.verify(
            code, secret: dummySecret, digits: code.count, algorithm: .sha1, period: 30, at: Instant(seconds: 0),
            window: 1, lastAccepted: nil)
    }

    private static let dummySecret = SecretBytes([UInt8](repeating: 0, count: 20))
}

// SPDX-License-Identifier: Apache-2.0
import OneTimePassword
package import Primitives

/// What kind of proof a factor is.
package enum FactorKind: String, Sendable, Codable, CaseIterable {
    case totp
    case hotp
    case device
    case recovery

    /// Whether the proof travels over the public switched telephone network, where it can be overheard, redirected and
    /// billed (NIST SP 800-63B-4 calls it restricted). None of them does; a kind that does will have to say so here.
    package var usesPSTN: Bool {
        switch self {
        case .totp, .hotp, .device, .recovery: false
        }
    }
}

/// Where a factor stands in its life.
package enum FactorState: String, Sendable, CaseIterable {
    case unconfirmed
    case active
    /// Its failure budget is exhausted; an unlock makes it active again.
    case disabled
    case revoked
}

/// Something a person proves themselves with.
package struct Factor: Sendable {
    /// What is particular to the kind.
    package enum Mechanism: Sendable {
        case oneTimePassword(OneTimePasswordState)
        case device(DeviceState)
        case recovery(RecoveryState)
    }

    package let id: FactorID
    package let userID: UserID
    package var name: String
    package var state: FactorState
    package let isImported: Bool
    package let createdAt: Instant
    package var lastUsedAt: Instant?
    package var budget: FailureBudget
    package var mechanism: Mechanism

    package init(
        id: FactorID, userID: UserID, name: String, state: FactorState, isImported: Bool = false, createdAt: Instant,
        lastUsedAt: Instant? = nil, budget: FailureBudget = FailureBudget(), mechanism: Mechanism
    ) {
        self.id = id
        self.userID = userID
        self.name = name
        self.state = state
        self.isImported = isImported
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
        self.budget = budget
        self.mechanism = mechanism
    }

    package var kind: FactorKind {
        switch mechanism {
        case .oneTimePassword(let password):
            switch password.movingFactor {
            case .time: .totp
            case .counter: .hotp
            }
        case .device: .device
        case .recovery: .recovery
        }
    }

    /// The one-time password state, nil for other kinds.
    package var oneTimePassword: OneTimePasswordState? {
        get {
            if case .oneTimePassword(let state) = mechanism { state } else { nil }
        }
        set {
            if let newValue { mechanism = .oneTimePassword(newValue) }
        }
    }

    /// The device state, nil for other kinds.
    package var device: DeviceState? {
        get {
            if case .device(let state) = mechanism { state } else { nil }
        }
        set {
            if let newValue { mechanism = .device(newValue) }
        }
    }

    /// The recovery codes, nil for other kinds.
    package var recovery: RecoveryState? {
        get {
            if case .recovery(let state) = mechanism { state } else { nil }
        }
        set {
            if let newValue { mechanism = .recovery(newValue) }
        }
    }

    /// Whether a passcode may be one of this factor.
    package var takesPasscodes: Bool { oneTimePassword != nil || recovery != nil }

    /// Whether a passcode can be judged at all; where not, nothing counts (R22, R81).
    package var isReadable: Bool { oneTimePassword?.isReadable ?? true }

    /// Whether there is anything left to prove oneself with.
    package var isUsedUp: Bool { recovery?.remaining == 0 }

    /// Counts a wrong answer, and disables the factor when its budget is exhausted.
    package mutating func recordFailure(at now: Instant, limits: FailureLimits) -> FailureVerdict {
        let verdict = budget.recordFailure(at: now, limits: limits)
        if verdict == .exhausted { state = .disabled }
        return verdict
    }
}

/// A phone that holds a key.
package struct DeviceState: Sendable {
    /// DER SubjectPublicKeyInfo of its P-256 key.
    package let publicKey: [UInt8]
    package let platform: String
    package var pushAddress: String?

    package init(publicKey: [UInt8], platform: String, pushAddress: String?) {
        self.publicKey = publicKey
        self.platform = platform
        self.pushAddress = pushAddress
    }
}

/// What a person or an application asks to be signed in with.
package enum RequestedFactor: String, Sendable, CaseIterable {
    case push
    case passcode
    /// A portal sign-in whose person has not chosen.
    case choice
}

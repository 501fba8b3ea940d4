// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// What a policy is asked: who wants in where, from where and when.
package struct PolicyQuestion: Sendable {
    /// Nil for a name that nobody has.
    package let user: User?
    /// Kinds of which the person has a factor that may be asked.
    package let kinds: Set<FactorKind>
    /// Whether they have a factor at all: one that is used up, as a set of recovery codes, is one.
    package let ownsFactor: Bool
    package let application: String
    /// The client's, as far as the caller said it.
    package let address: IPAddress?
    package let time: Instant
    /// Whether a one-time bypass waits for the person.
    package let hasBypass: Bool
    /// What the caller asks for; nil leaves it to the person and the policy.
    package let requested: RequestedFactor?
    /// What the person proved before, by factors that they could prove again.
    package let remembered: [RememberedApproval]

    package init(
        user: User?, kinds: Set<FactorKind>, application: String, address: IPAddress?, time: Instant,
        ownsFactor: Bool? = nil, hasBypass: Bool = false, requested: RequestedFactor? = nil,
        remembered: [RememberedApproval] = []
    ) {
        self.user = user
        self.kinds = kinds
        self.ownsFactor = ownsFactor ?? !kinds.isEmpty
        self.application = application
        self.address = address
        self.time = time
        self.hasBypass = hasBypass
        self.requested = requested
        self.remembered = remembered
    }

    /// Whether a factor of this kind could prove what the caller asks for.
    func mayTake(_ kind: FactorKind) -> Bool {
        switch requested {
        case .push?: kind == .device
        case .passcode?: kind != .device
        case .choice?, nil: true
        }
    }
}

/// What a policy says to a question, and why.
package struct PolicyDecision: Sendable, Equatable {
    package enum Verdict: Sendable, Equatable {
        /// One of the ``provable`` kinds has to be proved.
        case ask
        /// Nothing is asked.
        case waive(Waiver)
        case refuse(Refused)
    }

    /// Why nothing is asked.
    package enum Waiver: String, Sendable, Codable, CaseIterable {
        case allowed = "policy_allows"
        case trustedNetwork = "trusted_network"
        case unknownUser = "unknown_user_allowed"
        case withoutFactor = "no_factor_yet"
        case bypass = "one_time_bypass"
        case rememberedUser = "remembered_user"
        case rememberedApplication = "remembered_application"
        case rememberedAddress = "remembered_address"
    }

    /// Why nobody is let in; the caller hears `refused` for each of them (R19), and of ``mustEnrol`` what comes next.
    package enum Refused: String, Sendable, Codable, CaseIterable {
        case unknownUser = "unknown_user"
        case disabled = "user_disabled"
        case blocked = "user_blocked"
        case policy = "policy_refuses"
        /// The person has factors, and none of a kind that is allowed and strong enough.
        case notAllowed = "factor_not_allowed"
        /// The person has no factor, and is to get one.
        case mustEnrol = "must_enrol"
    }

    package let verdict: Verdict
    package let terms: PolicyTerms
    /// Kinds that are allowed and strong enough, the preferred one first.
    package let permitted: [FactorKind]
    /// Those of them that the person has; all of them for somebody who has none (R19).
    package let provable: [FactorKind]
    package let explanation: PolicyExplanation

    /// Why nobody is let in, whatever they prove; nil when they may be.
    package var refused: Refused? {
        if case .refuse(let reason) = verdict { return reason }
        return nil
    }

    /// What a sign-in keeps of the explanation: the built-in policy needs none.
    var kept: PolicyExplanation? { explanation.version == 0 ? nil : explanation }

    /// Why nothing is asked; nil when something is.
    package var waiver: Waiver? {
        if case .waive(let waiver) = verdict { return waiver }
        return nil
    }
}

/// Which line decided, and why those before it did not.
package struct PolicyExplanation: Sendable, Equatable, Codable {
    /// What of a line did not fit.
    package enum Mismatch: String, Sendable, Codable, CaseIterable {
        case application, group, user, network, outsideNetwork, hours, outsideHours
    }

    /// A line that did not fit.
    package struct Passed: Sendable, Equatable, Codable {
        package let line: String
        package let because: Mismatch

        package init(line: String, because: Mismatch) {
            self.line = line
            self.because = because
        }
    }

    /// What was remembered, and so not asked again.
    package struct Approval: Sendable, Equatable, Codable {
        package let kind: FactorKind
        package let at: Instant

        package init(kind: FactorKind, at: Instant) {
            self.kind = kind
            self.at = at
        }
    }

    package let version: Int64
    /// Lines that came first and did not fit, in order.
    package let passed: [Passed]
    /// The line that decided; nil for the defaults.
    package let line: String?
    /// A code: `asked`, or that of a waiver or refusal.
    package let result: String
    /// The named network that was trusted.
    package let network: String?
    /// The approval that was remembered.
    package let approval: Approval?

    package init(
        version: Int64, passed: [Passed], line: String?, result: String, network: String? = nil,
        approval: Approval? = nil
    ) {
        self.version = version
        self.passed = passed
        self.line = line
        self.result = result
        self.network = network
        self.approval = approval
    }
}

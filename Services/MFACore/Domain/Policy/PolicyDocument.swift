// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// A policy as somebody wrote it: named networks and hours, defaults, and lines of which the first that fits decides.
///
/// | part | says |
/// |---|---|
/// | ``networks`` | names for addresses, so that a line can be read |
/// | ``hours`` | names for times of the week |
/// | ``defaults`` | what holds where a line says nothing, and for whom no line fits |
/// | ``lines`` | in order: whom they fit, and what then holds |
package struct PolicyDocument: Sendable, Equatable, Codable {
    package var networks: [String: [String]]
    package var hours: [String: WeeklyHours]
    package var defaults: PolicyTerms
    package var lines: [PolicyLine]

    package init(
        networks: [String: [String]] = [:], hours: [String: WeeklyHours] = [:], defaults: PolicyTerms = PolicyTerms(),
        lines: [PolicyLine] = []
    ) {
        self.networks = networks
        self.hours = hours
        self.defaults = defaults
        self.lines = lines
    }

    /// Bounds of what one document may hold.
    package static let linesMax = 200
    package static let namesMax = 200
    package static let rangesMax = 1_000
    package static let listMax = 1_000
}

/// One line: when all of its conditions hold, its terms do.
package struct PolicyLine: Sendable, Equatable, Codable {
    package var name: String
    package var conditions: PolicyConditions
    package var terms: PolicyTerms

    package init(name: String, conditions: PolicyConditions = PolicyConditions(), terms: PolicyTerms = PolicyTerms()) {
        self.name = name
        self.conditions = conditions
        self.terms = terms
    }
}

/// Whom a line fits; what is nil is not looked at.
package struct PolicyConditions: Sendable, Equatable, Codable {
    package var applications: [String]?
    /// The person is in one of them.
    package var groups: [String]?
    /// Canonical names.
    package var users: [String]?
    /// The client's address lies in one of these named networks.
    package var networks: [String]?
    /// The client's address lies in none of these, or is not known.
    package var outsideNetworks: [String]?
    package var hours: [String]?
    package var outsideHours: [String]?

    package init(
        applications: [String]? = nil, groups: [String]? = nil, users: [String]? = nil, networks: [String]? = nil,
        outsideNetworks: [String]? = nil, hours: [String]? = nil, outsideHours: [String]? = nil
    ) {
        self.applications = applications
        self.groups = groups
        self.users = users
        self.networks = networks
        self.outsideNetworks = outsideNetworks
        self.hours = hours
        self.outsideHours = outsideHours
    }
}

/// What holds for a sign-in; what is nil is left to the defaults, and there to the configuration.
package struct PolicyTerms: Sendable, Equatable, Codable {
    package enum Action: String, Sendable, Codable, CaseIterable {
        /// A factor decides.
        case ask
        /// Nobody is let in.
        case refuse
        /// Nothing is asked.
        case allow
    }

    /// What becomes of people who have no factor that could be asked.
    package enum WithoutFactor: Sendable, Equatable, Codable {
        case refuse
        /// They are let in until then.
        case allowUntil(Instant)
        /// They are refused, and the caller is told that they have to get one.
        case enrol
    }

    package var action: Action?
    /// Kinds that may be asked, the preferred one first.
    package var factors: [FactorKind]?
    package var strength: AssuranceLevel?
    /// Whether kinds that go over the telephone network are asked of nobody, whatever ``factors`` says.
    package var bansPSTN: Bool?
    package var numberDigits: Int?
    package var timeoutSeconds: Int?
    /// Prompts without a success within ten minutes and within a day, and how many unanswered ones in a row end them.
    package var promptsPerTenMinutes: Int?
    package var promptsPerDay: Int?
    package var suspendAfter: Int?
    /// Named networks from which nothing is asked.
    package var trustedNetworks: [String]?
    /// Whether names that nobody has are let in.
    package var allowsUnknownUsers: Bool?
    package var withoutFactor: WithoutFactor?
    /// How long an approval lets its person in again; nil asks each time.
    package var remember: RememberTerms?

    package init(
        action: Action? = nil, factors: [FactorKind]? = nil, strength: AssuranceLevel? = nil, bansPSTN: Bool? = nil,
        numberDigits: Int? = nil, timeoutSeconds: Int? = nil, promptsPerTenMinutes: Int? = nil,
        promptsPerDay: Int? = nil, suspendAfter: Int? = nil, trustedNetworks: [String]? = nil,
        allowsUnknownUsers: Bool? = nil, withoutFactor: WithoutFactor? = nil, remember: RememberTerms? = nil
    ) {
        self.action = action
        self.factors = factors
        self.strength = strength
        self.bansPSTN = bansPSTN
        self.numberDigits = numberDigits
        self.timeoutSeconds = timeoutSeconds
        self.promptsPerTenMinutes = promptsPerTenMinutes
        self.promptsPerDay = promptsPerDay
        self.suspendAfter = suspendAfter
        self.trustedNetworks = trustedNetworks
        self.allowsUnknownUsers = allowsUnknownUsers
        self.withoutFactor = withoutFactor
        self.remember = remember
    }

    /// These terms, and of `others` what they do not say.
    package func over(_ others: PolicyTerms) -> PolicyTerms {
        PolicyTerms(
            action: action ?? others.action, factors: factors ?? others.factors,
            strength: strength ?? others.strength, bansPSTN: bansPSTN ?? others.bansPSTN,
            numberDigits: numberDigits ?? others.numberDigits,
            timeoutSeconds: timeoutSeconds ?? others.timeoutSeconds,
            promptsPerTenMinutes: promptsPerTenMinutes ?? others.promptsPerTenMinutes,
            promptsPerDay: promptsPerDay ?? others.promptsPerDay, suspendAfter: suspendAfter ?? others.suspendAfter,
            trustedNetworks: trustedNetworks ?? others.trustedNetworks,
            allowsUnknownUsers: allowsUnknownUsers ?? others.allowsUnknownUsers,
            withoutFactor: withoutFactor ?? others.withoutFactor, remember: remember ?? others.remember)
    }
}

/// How strong a factor has to be beside a password (NIST SP 800-63B-4 §2).
package enum AssuranceLevel: String, Sendable, Codable, CaseIterable {
    case aal1, aal2, aal3

    /// The kinds that are strong enough.
    ///
    /// | level | asks for | kinds |
    /// |---|---|---|
    /// | AAL1 | any factor | all |
    /// | AAL2 | two factors, approved cryptography | all that prove possession; a recovery code alone is none (R79) |
    /// | AAL3 | a key that cannot be exported, phishing resistance | none yet |
    package var kinds: Set<FactorKind> {
        switch self {
        case .aal1: Set(FactorKind.allCases)
        case .aal2: Set(FactorKind.allCases).subtracting([.recovery])
        case .aal3: []
        }
    }
}

/// Hours of some days of each week, in the time of one place.
package struct WeeklyHours: Sendable, Equatable, Codable {
    /// Of the IANA time zone database, such as `Europe/Berlin`.
    package var timeZone: String
    /// Monday is 0.
    package var days: [Int]
    /// Minutes since midnight; where the end is not after the start, it is that of the next day.
    package var fromMinute: Int
    package var toMinute: Int

    package init(timeZone: String, days: [Int], fromMinute: Int, toMinute: Int) {
        self.timeZone = timeZone
        self.days = days
        self.fromMinute = fromMinute
        self.toMinute = toMinute
    }

    /// Whether `now` lies in them, in a place that is `offset` seconds ahead of UTC.
    package func contain(_ now: Instant, offset: Int) -> Bool {
        let local = now.seconds + Int64(offset)
        let day = (local >= 0 ? local : local - 86_399) / 86_400
        let minute = Int((local - day * 86_400) / 60)
        // 1970-01-01 was a Thursday.
        let weekday = Int(((day + 3) % 7 + 7) % 7)
        if fromMinute < toMinute { return days.contains(weekday) && (fromMinute..<toMinute).contains(minute) }
        return (days.contains(weekday) && minute >= fromMinute)
            || (days.contains((weekday + 6) % 7) && minute < toMinute)
    }
}

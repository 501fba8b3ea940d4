// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Primitives
import Yams

/// What lines are made of.
extension PolicyReader {
    mutating func conditions(_ node: Node, _ what: String) -> PolicyConditions {
        let keys = ["applications", "groups", "users", "networks", "outsideNetworks", "hours", "outsideHours"]
        guard let parts = mapping(node, what, keys: keys) else { return PolicyConditions() }
        var conditions = PolicyConditions()
        conditions.applications = parts["applications"].flatMap { names($0, "\(what).applications") }
        conditions.groups = parts["groups"].flatMap { names($0, "\(what).groups") }
        for (user, node) in parts["users"].flatMap({ texts($0, "\(what).users", max: PolicyDocument.listMax) }) ?? [] {
            guard let name = CanonicalName(user, domains: domains) else {
                fault(node, "\(what).users: nobody can have the name “\(user)”.")
                continue
            }
            conditions.users = (conditions.users ?? []) + [name.text]
        }
        conditions.networks = known(parts["networks"], "\(what).networks", "network", document.networks.keys)
        conditions.outsideNetworks = known(
            parts["outsideNetworks"], "\(what).outsideNetworks", "network", document.networks.keys)
        conditions.hours = known(parts["hours"], "\(what).hours", "hours", document.hours.keys)
        conditions.outsideHours = known(parts["outsideHours"], "\(what).outsideHours", "hours", document.hours.keys)
        return conditions
    }

    mutating func terms(_ node: Node, _ what: String) -> PolicyTerms {
        let keys = [
            "action", "factors", "strength", "pstn", "numberDigits", "timeoutSeconds", "promptsPerTenMinutes",
            "promptsPerDay", "suspendAfter", "trustedNetworks",
            "unknownUsers", "withoutFactor", "withoutFactorAllowedUntil", "remember",
        ]
        guard let parts = mapping(node, what, keys: keys) else { return PolicyTerms() }
        if case .mapping(let mapping) = node, mapping.isEmpty { fault(node, "\(what) says nothing.") }
        var terms = PolicyTerms()
        terms.action = parts["action"].flatMap { choice($0, "\(what).action") }
        readKinds(of: &terms, parts, node, what)
        if let node = parts["numberDigits"] {
            terms.numberDigits = integer(node, "\(what).numberDigits", 0...8)
            if terms.numberDigits == 1 { fault(node, "\(what).numberDigits: use 0 for plain approval, or 2 to 8.") }
        }
        let timeouts = 10...Int(SignInSettings.timeoutMax.components.seconds)
        terms.timeoutSeconds = parts["timeoutSeconds"].flatMap { integer($0, "\(what).timeoutSeconds", timeouts) }
        readPrompts(of: &terms, parts, what)
        readWaivers(of: &terms, parts, what)
        return terms
    }

    /// What may be asked.
    private mutating func readKinds(
        of terms: inout PolicyTerms, _ parts: [String: Node], _ node: Node, _ what: String
    ) {
        terms.strength = parts["strength"].flatMap { choice($0, "\(what).strength") }
        if let node = parts["pstn"], let word = text(node, "\(what).pstn") {
            if !["refuse", "allow"].contains(word) { fault(node, "\(what).pstn: use refuse or allow.") }
            terms.bansPSTN = word == "refuse"
        }
        if let node = parts["factors"], let kinds = texts(node, "\(what).factors", max: 16) {
            terms.factors = []
            for (kind, node) in kinds {
                guard let kind = FactorKind(rawValue: kind) else {
                    let known = FactorKind.allCases.map(\.rawValue).joined(separator: ", ")
                    fault(node, "\(what).factors: “\(kind)” is no kind of factor; use \(known).")
                    continue
                }
                if terms.bansPSTN == true, kind.usesPSTN {
                    fault(node, "\(what).factors: “\(kind.rawValue)” goes over the telephone network; pstn refuses it.")
                }
                if terms.factors?.contains(kind) == true {
                    fault(node, "\(what).factors: “\(kind.rawValue)” stands twice.")
                }
                terms.factors?.append(kind)
            }
        }
        if let strength = terms.strength, strength.kinds.isDisjoint(with: terms.factors ?? FactorKind.allCases) {
            fault(node, "\(what): none of these kinds reaches \(strength.rawValue), so that nobody could sign in.")
        }
    }

    /// How often phones are asked.
    private mutating func readPrompts(of terms: inout PolicyTerms, _ parts: [String: Node], _ what: String) {
        terms.promptsPerTenMinutes = parts["promptsPerTenMinutes"].flatMap {
            integer($0, "\(what).promptsPerTenMinutes", 1...PromptLimits.perTenMinutesMax)
        }
        terms.promptsPerDay = parts["promptsPerDay"].flatMap {
            integer($0, "\(what).promptsPerDay", 1...PromptLimits.perDayMax)
        }
        terms.suspendAfter = parts["suspendAfter"].flatMap {
            integer($0, "\(what).suspendAfter", 1...PromptLimits.suspendAfterMax)
        }
    }

    /// Who is let in without being asked.
    private mutating func readWaivers(of terms: inout PolicyTerms, _ parts: [String: Node], _ what: String) {
        terms.trustedNetworks = known(
            parts["trustedNetworks"], "\(what).trustedNetworks", "network", document.networks.keys)
        if let node = parts["unknownUsers"], let word = text(node, "\(what).unknownUsers") {
            if !["refuse", "allow"].contains(word) { fault(node, "\(what).unknownUsers: use refuse or allow.") }
            terms.allowsUnknownUsers = word == "allow"
        }
        if let node = parts["withoutFactor"], let word = text(node, "\(what).withoutFactor") {
            if !["refuse", "enrol"].contains(word) {
                fault(
                    node,
                    "\(what).withoutFactor: use refuse or enrol, or withoutFactorAllowedUntil to let people in until a time."
                )
            }
            terms.withoutFactor = word == "enrol" ? .enrol : .refuse
            if parts["withoutFactorAllowedUntil"] != nil {
                fault(node, "\(what): withoutFactor and withoutFactorAllowedUntil contradict; write one of them.")
            }
        }
        if let node = parts["withoutFactorAllowedUntil"], let word = text(node, "\(what).withoutFactorAllowedUntil") {
            if let end = Instant(word) {
                terms.withoutFactor = .allowUntil(end)
            } else {
                fault(node, "\(what).withoutFactorAllowedUntil: expected a time such as 2027-01-31T00:00:00Z.")
            }
        }
        if let node = parts["remember"] { terms.remember = remember(node, "\(what).remember") }
    }

    private mutating func remember(_ node: Node, _ what: String) -> RememberTerms? {
        guard let parts = mapping(node, what, keys: ["user", "application", "address"]) else { return nil }
        if case .mapping(let mapping) = node, mapping.isEmpty {
            fault(node, "\(what) says nothing; use user, application or address, seconds each.")
        }
        let seconds = 0...RememberedApproval.secondsMax
        return RememberTerms(
            user: parts["user"].flatMap { integer($0, "\(what).user", seconds) },
            application: parts["application"].flatMap { integer($0, "\(what).application", seconds) },
            address: parts["address"].flatMap { integer($0, "\(what).address", seconds) })
    }

    /// Names of things that the file itself has to define.
    private mutating func known(
        _ node: Node?, _ what: String, _ kind: String, _ defined: some Collection<String>
    ) -> [String]? {
        guard let node, let names = texts(node, what, max: PolicyDocument.namesMax) else { return nil }
        for (name, node) in names where !defined.contains(name) {
            fault(node, "\(what): there is no \(kind) “\(name)” in this file.")
        }
        return names.map(\.0)
    }

    private mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ node: Node, _ what: String
    ) -> Choice? where Choice.RawValue == String {
        guard let word = text(node, what) else { return nil }
        guard let choice = Choice(rawValue: word) else {
            fault(node, "\(what): use \(Choice.allCases.map(\.rawValue).joined(separator: ", ")).")
            return nil
        }
        return choice
    }
}

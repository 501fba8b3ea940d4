// SPDX-License-Identifier: Apache-2.0
import Primitives

extension Policy {
    /// Decides a question; pure, and every question has exactly one answer.
    ///
    /// | in this order | answer |
    /// |---|---|
    /// | the person is disabled or blocked | refuse |
    /// | the first line that fits, or else the defaults, says `refuse` | refuse |
    /// | nobody has the name | refuse, or let in where the terms say so |
    /// | the terms say `allow` | let in |
    /// | the address is in a trusted network | let in |
    /// | the person has no factor at all | let in until the date of the terms; else see below |
    /// | a factor that would be asked was proved so shortly before that the terms remember it | let in |
    /// | a one-time bypass waits for the person | let in |
    /// | no kind is allowed, strong enough and there | refuse |
    /// | the person has no factor at all, and the terms say `enrol` | refuse, and say so |
    /// | there is such a kind | ask; who has no factor is asked in vain (R19) |
    package func decide(_ question: PolicyQuestion) -> PolicyDecision {
        let (line, passed) = line(for: question)
        let terms = line.map { $0.terms.over(document.defaults) } ?? document.defaults
        let permitted = (terms.factors ?? FactorKind.preferred).filter { kind in
            (terms.strength?.kinds.contains(kind) ?? true) && !(terms.bansPSTN == true && kind.usesPSTN)
        }
        let provable = question.kinds.isEmpty ? permitted : permitted.filter(question.kinds.contains)
        let ruling = rule(on: question, terms, provable: provable)
        let result =
            switch ruling.verdict {
            case .ask: "asked"
            case .waive(let waiver): waiver.rawValue
            case .refuse(let refused): refused.rawValue
            }
        return PolicyDecision(
            verdict: ruling.verdict, terms: terms, permitted: permitted, provable: provable,
            explanation: PolicyExplanation(
                version: version, passed: passed, line: line?.name, result: result, network: ruling.network,
                approval: ruling.approval))
    }

    private func line(for question: PolicyQuestion) -> (PolicyLine?, [PolicyExplanation.Passed]) {
        var passed: [PolicyExplanation.Passed] = []
        for line in document.lines {
            guard let mismatch = mismatch(of: line.conditions, with: question) else { return (line, passed) }
            passed.append(.init(line: line.name, because: mismatch))
        }
        return (nil, passed)
    }

    /// The first condition that does not hold; nil when the line fits.
    private func mismatch(
        of conditions: PolicyConditions, with question: PolicyQuestion
    ) -> PolicyExplanation.Mismatch? {
        if let applications = conditions.applications, !applications.contains(question.application) {
            return .application
        }
        if let users = conditions.users, !(question.user.map { users.contains($0.canonicalName) } ?? false) {
            return .user
        }
        if let groups = conditions.groups, !(question.user?.groups.contains(where: groups.contains) ?? false) {
            return .group
        }
        if let networks = conditions.networks, network(of: networks, containing: question.address) == nil {
            return .network
        }
        if let networks = conditions.outsideNetworks, network(of: networks, containing: question.address) != nil {
            return .outsideNetwork
        }
        if let names = conditions.hours, hours(of: names, containing: question.time) == nil { return .hours }
        if let names = conditions.outsideHours, hours(of: names, containing: question.time) != nil {
            return .outsideHours
        }
        return nil
    }

    /// A verdict, and what of the policy or the person brought it about.
    private struct Ruling {
        let verdict: PolicyDecision.Verdict
        var network: String?
        var approval: PolicyExplanation.Approval?

        init(
            _ verdict: PolicyDecision.Verdict, network: String? = nil, approval: PolicyExplanation.Approval? = nil
        ) {
            self.verdict = verdict
            self.network = network
            self.approval = approval
        }
    }

    private func rule(on question: PolicyQuestion, _ terms: PolicyTerms, provable: [FactorKind]) -> Ruling {
        if let user = question.user {
            if !user.isEnabled { return Ruling(.refuse(.disabled)) }
            if user.isBlocked(at: question.time) { return Ruling(.refuse(.blocked)) }
        }
        if terms.action == .refuse { return Ruling(.refuse(.policy)) }
        guard question.user != nil else {
            return Ruling(terms.allowsUnknownUsers == true ? .waive(.unknownUser) : .refuse(.unknownUser))
        }
        if terms.action == .allow { return Ruling(.waive(.allowed)) }
        if let network = network(of: terms.trustedNetworks ?? [], containing: question.address) {
            return Ruling(.waive(.trustedNetwork), network: network)
        }
        if !question.ownsFactor, case .allowUntil(let end) = terms.withoutFactor, question.time < end {
            return Ruling(.waive(.withoutFactor))
        }
        // Who has nothing has nothing to be remembered by.
        let present = question.kinds.isEmpty ? [] : provable
        if let (waiver, approval) = terms.remember?.fitting(question, among: present) {
            return Ruling(.waive(waiver), approval: PolicyExplanation.Approval(kind: approval.kind, at: approval.at))
        }
        // Last of all: what is let in anyway uses no bypass up.
        if question.hasBypass { return Ruling(.waive(.bypass)) }
        if provable.isEmpty { return Ruling(.refuse(.notAllowed)) }
        return Ruling(question.kinds.isEmpty && terms.withoutFactor == .enrol ? .refuse(.mustEnrol) : .ask)
    }
}

extension FactorKind {
    /// The order in which kinds are preferred where nobody says another one.
    package static let preferred: [FactorKind] = [.device, .totp, .hotp, .recovery]
}

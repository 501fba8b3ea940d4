// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Primitives

/// A policy's decisions in the words of people.
enum PolicyWords {
    /// What somebody meets, such as `asked for device (a number of 6 digits), totp or hotp`.
    static func outcome(_ decision: PolicyDecision, digits: Int) -> String {
        switch decision.verdict {
        case .ask:
            "asked for \(kinds(decision, digits: decision.terms.numberDigits ?? digits))"
                + prompts(decision) + again(decision.terms.remember)
        case .waive(let waiver): waived(waiver, decision.explanation)
        case .refuse(let refused): self.refused(refused)
        }
    }

    /// How many prompts there are where the policy says it.
    private static func prompts(_ decision: PolicyDecision) -> String {
        guard decision.provable.contains(.device) else { return "" }
        let limits: [(count: Int?, span: String)] = [
            (decision.terms.promptsPerTenMinutes, "in ten minutes"), (decision.terms.promptsPerDay, "a day"),
            (decision.terms.suspendAfter, "unanswered in a row"),
        ]
        let parts = limits.compactMap { limit in limit.count.map { "\($0) \(limit.span)" } }
        return parts.isEmpty ? "" : ", with at most this many prompts: " + parts.joined(separator: ", ")
    }

    /// How long nobody is asked again, such as `, and not again for 600 s to the same application`.
    private static func again(_ remember: RememberTerms?) -> String {
        let reaches: [(seconds: Int?, place: String)] = [
            (remember?.address, "to the same application from the same address"),
            (remember?.application, "to the same application"), (remember?.user, "anywhere"),
        ]
        let times = reaches.compactMap { reach in
            reach.seconds.flatMap { $0 > 0 ? "\($0) s \(reach.place)" : nil }
        }
        return times.isEmpty ? "" : ", and not again for " + times.joined(separator: " or ")
    }

    private static func waived(
        _ waiver: PolicyDecision.Waiver, _ explanation: PolicyExplanation
    ) -> String {
        switch waiver {
        case .allowed: "let in without being asked"
        case .trustedNetwork: "let in without being asked, from the trusted network “\(explanation.network ?? "")”"
        case .unknownUser: "let in although nobody has the name"
        case .withoutFactor: "let in without a factor for the time being"
        case .bypass: "let in once without being asked, by a one-time bypass"
        case .rememberedUser: "let in without being asked again, \(proof(explanation))"
        case .rememberedApplication: "let in without being asked again, \(proof(explanation)) to the same application"
        case .rememberedAddress:
            "let in without being asked again, \(proof(explanation)) to the same application from the same address"
        }
    }

    private static func proof(_ explanation: PolicyExplanation) -> String {
        guard let approval = explanation.approval else { return "having proved a factor before" }
        return "having proved \(approval.kind.rawValue) at \(approval.at)"
    }

    private static func refused(_ reason: PolicyDecision.Refused) -> String {
        switch reason {
        case .unknownUser: "refused: nobody has the name"
        case .disabled: "refused: the person is disabled"
        case .blocked: "refused: the person is blocked"
        case .policy: "refused by the policy"
        case .notAllowed: "refused: no factor of theirs is allowed and strong enough"
        case .mustEnrol: "refused and told to enrol: they have no factor yet"
        }
    }

    /// What somebody met, by the code that is kept of it; a code of another version stands for itself.
    static func result(of explanation: PolicyExplanation) -> String {
        if let waiver = PolicyDecision.Waiver(rawValue: explanation.result) {
            return waived(waiver, explanation)
        }
        if let reason = PolicyDecision.Refused(rawValue: explanation.result) { return refused(reason) }
        return explanation.result == "asked" ? "asked for a factor" : explanation.result
    }

    private static func kinds(_ decision: PolicyDecision, digits: Int) -> String {
        let words = decision.provable.map { kind in
            guard kind == .device else { return kind.rawValue }
            return digits == 0 ? "device (plain approval)" : "device (a number of \(digits) digits)"
        }
        guard let last = words.last, words.count > 1 else { return words.first ?? "nothing they could have" }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }

    /// Why a line did not fit, such as `the application is not citrix`.
    static func mismatch(
        _ passed: PolicyExplanation.Passed, in document: PolicyDocument
    ) -> String {
        let conditions = document.lines.first { $0.name == passed.line }?.conditions ?? PolicyConditions()
        func list(_ names: [String]?) -> String {
            let names = names ?? []
            let shown = names.prefix(5).joined(separator: ", ")
            return names.count > 5 ? "\(shown) and \(names.count - 5) more" : shown
        }
        return switch passed.because {
        case .application: "the application is not \(list(conditions.applications))"
        case .group: "the person is in no group of \(list(conditions.groups))"
        case .user: "the person is not \(list(conditions.users))"
        case .network: "the address is not in \(list(conditions.networks))"
        case .outsideNetwork: "the address is in \(list(conditions.outsideNetworks))"
        case .hours: "it is not within \(list(conditions.hours))"
        case .outsideHours: "it is within \(list(conditions.outsideHours))"
        }
    }

    /// How many prompts somebody gets.
    static func prompts(_ limits: PromptLimits) -> String {
        "\(limits.perTenMinutes) in ten minutes and \(limits.perDay) a day without a success, "
            + "none after \(limits.suspendAfter) unanswered in a row"
    }

    /// `1 person`, `2 people`.
    static func people(_ count: Int) -> String { count == 1 ? "1 person" : "\(count) people" }
}

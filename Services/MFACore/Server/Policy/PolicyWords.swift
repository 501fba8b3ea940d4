// SPDX-License-Identifier: Apache-2.0
import MFADomain

/// A policy's decisions in the words of people.
enum PolicyWords {
    /// What somebody meets, such as `asked for device (a number of 6 digits), totp or hotp`.
    static func outcome(_ decision: PolicyDecision, digits: Int) -> String {
        switch decision.verdict {
        case .ask: "asked for \(kinds(decision, digits: decision.terms.numberDigits ?? digits))"
        case .waive(.allowed): "let in without being asked"
        case .waive(.trustedNetwork):
            "let in without being asked, from the trusted network “\(decision.explanation.network ?? "")”"
        case .waive(.unknownUser): "let in although nobody has the name"
        case .waive(.withoutFactor): "let in without a factor for the time being"
        case .waive(.bypass): "let in once without being asked, by a one-time bypass"
        case .refuse(.unknownUser): "refused: nobody has the name"
        case .refuse(.disabled): "refused: the person is disabled"
        case .refuse(.blocked): "refused: the person is blocked"
        case .refuse(.policy): "refused by the policy"
        case .refuse(.notAllowed): "refused: no factor of theirs is allowed and strong enough"
        }
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

    /// `1 person`, `2 people`.
    static func people(_ count: Int) -> String { count == 1 ? "1 person" : "\(count) people" }
}

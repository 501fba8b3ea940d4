// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain
import Primitives

extension PolicyAdministration {
    private struct ReportedExplanation: Encodable {
        struct Passed: Encodable {
            let line: String
            /// A code such as `application`.
            let because: String
            let sentence: String
        }

        let user: String
        let application: String
        let address: String?
        let at: Instant
        let version: Int64
        /// `asked`, or why somebody is let in or refused.
        let result: String
        let sentence: String
        /// Kinds that may be proved, the preferred one first.
        let asked: [String]
        let numberDigits: Int
        let timeoutSeconds: Int64
        let promptsPerTenMinutes: Int
        let promptsPerDay: Int
        let suspendAfter: Int
        /// Whether kinds that go over the telephone network are banned.
        let pstnRefused: Bool
        /// Absent for the defaults.
        let line: String?
        let passed: [Passed]
    }

    /// What would be asked of somebody, which line says so, and why those before it do not.
    ///
    /// - Parameter time: RFC 3339; nil is now.
    package static func explain(
        user: String, application: String, address: String?, at time: String?, _ options: CommandOptions
    ) async throws -> CommandReport {
        let now = MFACoreStore.WallClock.now()
        guard let time = time.map({ Instant($0) }) ?? now else {
            throw CommandFault.usage("--at: expected a time such as 2027-01-31T08:30:00Z.")
        }
        let client = address.flatMap { IPAddress(parsing: $0) }
        guard address == nil || client != nil else {
            throw CommandFault.usage("--address: “\(address ?? "")” is no IP address.")
        }
        return try await run(options) { store, settings in
            let policy = try await store.current()
            let name = CanonicalName(user, domains: settings.domains)
            var person: (user: User, kinds: Set<FactorKind>)?
            if let name { person = try await store.person(name) }
            let decision = policy.decide(
                PolicyQuestion(
                    user: person?.user, kinds: person?.kinds ?? [], application: application, address: client,
                    time: time, hasBypass: person?.user.bypass?.isValid(at: time) ?? false,
                    remembered: person?.user.remembered ?? []))
            return try report(
                decision, policy.document, settings, user: person?.user.username ?? user, application: application,
                address: client?.description, at: time)
        }
    }

    private static func report(
        _ decision: PolicyDecision, _ document: PolicyDocument, _ settings: Settings, user: String,
        application: String, address: String?, at time: Instant
    ) throws -> CommandReport {
        let explanation = decision.explanation
        let digits = decision.terms.numberDigits ?? settings.signIns.numberDigits
        let timeout = decision.terms.timeoutSeconds.map { Int64($0) } ?? settings.signIns.timeout.secondsRoundedUp
        let prompts = settings.signIns.prompts(decision.terms)
        let isAsked = decision.verdict == .ask
        let isPrompted = isAsked && decision.provable.contains(.device)
        let reported = ReportedExplanation(
            user: user, application: application, address: address, at: time, version: explanation.version,
            result: explanation.result, sentence: PolicyWords.outcome(decision, digits: digits),
            asked: isAsked ? decision.provable.map(\.rawValue) : [], numberDigits: digits, timeoutSeconds: timeout,
            promptsPerTenMinutes: prompts.perTenMinutes, promptsPerDay: prompts.perDay,
            suspendAfter: prompts.suspendAfter, pstnRefused: decision.terms.bansPSTN == true, line: explanation.line,
            passed: explanation.passed.map {
                .init(line: $0.line, because: $0.because.rawValue, sentence: PolicyWords.mismatch($0, in: document))
            })
        let version = explanation.version == 0 ? "the built-in policy" : "version \(explanation.version)"
        var text = TextTable.facts([
            ("user", user), ("application", application), ("address", address ?? "not known"),
            ("at", time.description), ("policy", version),
            ("result", reported.sentence), ("time to answer", isAsked ? "\(timeout) s" : nil),
            ("prompts", isPrompted ? PolicyWords.prompts(prompts) : nil),
            ("telephone network", reported.pstnRefused ? "refused" : nil),
            ("decided by", explanation.line.map { "line “\($0)”" } ?? "the defaults"),
        ])
        if !reported.passed.isEmpty {
            text += "Lines before it that do not fit:\n"
            for passed in reported.passed {
                text += "  " + TerminalText.clean("“\(passed.line)”: \(passed.sentence)") + "\n"
            }
        }
        return try CommandReport(text, document: reported)
    }
}

// SPDX-License-Identifier: Apache-2.0
import MFADomain

/// What a sign-in kept of the policy, whole, as `audit show` tells it.
struct KeptExplanation: Encodable {
    struct Passed: Encodable {
        let line: String
        /// A code such as `application`.
        let because: String
        /// Absent where the version cannot be read any more.
        let sentence: String?
    }

    let version: Int64
    /// `asked`, or why somebody was let in or refused.
    let result: String
    let sentence: String
    /// Absent for the defaults.
    let line: String?
    /// The named network that was trusted.
    let network: String?
    /// Lines that came first and did not fit.
    let passed: [Passed]

    /// - Parameter document: the version that decided; nil where it cannot be read.
    init(_ explanation: PolicyExplanation, document: PolicyDocument?) {
        version = explanation.version
        result = explanation.result
        sentence = PolicyWords.result(of: explanation)
        line = explanation.line
        network = explanation.network
        passed = explanation.passed.map { passed in
            Passed(
                line: passed.line, because: passed.because.rawValue,
                sentence: document.map { PolicyWords.mismatch(passed, in: $0) })
        }
    }

    /// For people, below the row.
    var text: String {
        let facts = TextTable.facts([
            ("policy", "version \(version)"), ("policy result", sentence),
            ("decided by", line.map { "line “\($0)”" } ?? "the defaults"),
        ])
        guard !passed.isEmpty else { return facts }
        return facts + "Lines before it that did not fit:\n"
            + passed.map { "  \(TerminalText.clean("“\($0.line)”: \($0.sentence ?? $0.because)"))\n" }.joined()
    }
}

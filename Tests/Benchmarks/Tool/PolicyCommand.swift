// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import MFADomain
import Primitives
import ServiceRuntime

/// Counts how often a policy decides in a second, in this process and on one processor: nothing is read, sent or kept.
struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Decide again and again by a policy whose last line is the first that fits.",
        discussion: """
            Each line before it is passed for another reason than the one before: the application, the group, the \
            person, the network, the hours. Prints RESULT, lines, decisions and microseconds.
            """)

    @Option(help: "Lines of the policy.")
    var lines = 100

    @Option(help: "How long to measure, after a fifth of that which does not count.")
    var seconds = 8

    /// Decisions between two looks at the clock.
    private static let batch = 100

    func validate() throws {
        guard lines > 0, seconds > 0 else { throw ValidationError("Lines and seconds begin with 1.") }
    }

    func run() async throws {
        let policy = try Policy(version: 1, Self.document(of: lines), zones: UniversalTime())
        let questions = Self.questions()
        _ = try Self.decide(policy, questions, for: .seconds(seconds) / 5)
        let begun = ContinuousClock.now
        let count = try Self.decide(policy, questions, for: .seconds(seconds))
        let duration = Int64((ContinuousClock.now - begun) / .microseconds(1))
        StandardStream.output.write("RESULT \(lines) \(count) \(duration)\n")
    }

    /// Decides for so long; how many times.
    private static func decide(
        _ policy: Policy, _ questions: [PolicyQuestion], for time: Duration
    ) throws -> Int {
        let end = ContinuousClock.now + time
        let last = policy.document.lines.last?.name
        var count = 0
        while ContinuousClock.now < end {
            for _ in 0..<batch {
                let decision = policy.decide(questions[count % questions.count])
                guard decision.explanation.line == last, decision.verdict == .ask else {
                    throw ValidationError("A line decided that should not: \(decision.explanation.line ?? "none").")
                }
                count += 1
            }
        }
        return count
    }

    /// So many lines, of which the last one fits everybody.
    private static func document(of lines: Int) -> PolicyDocument {
        var document = PolicyDocument(
            networks: [
                "office": (0..<10).map { "192.0.2.\($0 * 10)-192.0.2.\($0 * 10 + 5)" },
                "home": ["2001:db8::/32", "203.0.113.0/24"],
            ],
            hours: ["never": WeeklyHours(timeZone: "UTC", days: [], fromMinute: 0, toMinute: 1_440)])
        for number in 1..<max(lines, 1) {
            let conditions =
                switch number % 5 {
                case 0: PolicyConditions(applications: ["application\(number)"])
                case 1: PolicyConditions(groups: ["group\(number)", "others"])
                case 2: PolicyConditions(users: ["person\(number)", "somebody"])
                case 3: PolicyConditions(applications: ["vpn"], networks: ["office"])
                default: PolicyConditions(groups: ["staff"], hours: ["never"])
                }
            document.lines.append(
                PolicyLine(
                    name: "line \(number)", conditions: conditions, terms: PolicyTerms(action: .refuse)))
        }
        document.lines.append(
            PolicyLine(name: "everybody", terms: PolicyTerms(factors: [.device, .totp], strength: .aal2)))
        return document
    }

    /// People of three groups, each with a phone and a token.
    private static func questions() -> [PolicyQuestion] {
        let now = SystemClock.now()
        return (0..<100).map { number in
            let user = User(
                id: SystemRandomSource().identifier(), username: "bench\(number)", canonicalName: "bench\(number)",
                groups: ["staff", "vpn users", "berlin"], createdAt: now)
            return PolicyQuestion(
                user: user, kinds: [.device, .totp], application: "vpn",
                address: IPAddress(parsing: "203.0.113.\(number)"), time: now)
        }
    }
}

/// Zones are the host's, and not what is measured.
private struct UniversalTime: TimeZones {
    func offset(of zone: String, at time: Instant) -> Int? { 0 }
}

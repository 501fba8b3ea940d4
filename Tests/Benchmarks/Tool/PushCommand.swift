// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import AsyncHTTPClient
import MFAClient
import Primitives
import ServiceRuntime

/// Measures sign-ins by phone from beginning to end: started, waited for, answered with the number.
struct PushCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push",
        abstract: "Measure sign-ins by phone, each started, waited for and approved.",
        discussion: """
            The last line is RESULT with the number of sign-ins, the microseconds they took together, and in \
            microseconds p50, p99 and the largest of two times: from the start of a sign-in until its phone holds the \
            challenge, and from the phone's answer until the waiting caller has the decision.
            """)

    private struct Times: Sendable {
        var toPhone: [Duration] = []
        var toCaller: [Duration] = []
    }

    @OptionGroup var suite: SuiteOptions

    @Option(help: "People who sign in at the same time, over and over.")
    var people = 16

    @Option(help: "How long to measure, in seconds.")
    var seconds = 10

    func run() async throws {
        let http = suite.http(connections: people * 4)
        do {
            try await measure(http)
        } catch {
            try await http.shutdown()
            throw error
        }
        try await http.shutdown()
    }

    private func measure(_ http: HTTPClient) async throws {
        let administrator = try suite.client("administrator", over: http)
        let integrator = try suite.client("integrator", over: http)
        let (run, authority) = (Hex.encode(SystemRandomSource().bytes(4)), suite.authority)
        let everybody = try await inParallel(people, width: 8) { number in
            try await PersonWithPhone(
                named: "push-\(run)-\(number)", administrator: administrator, authority: authority)
        }
        let begun = ContinuousClock.now
        let end = begun + .seconds(seconds)
        let times = try await inParallel(people, width: people) { number in
            var times = Times()
            while ContinuousClock.now < end {
                let (toPhone, toCaller) = try await Self.signIn(everybody[number], integrator)
                times.toPhone.append(toPhone)
                times.toCaller.append(toCaller)
            }
            return times
        }
        let duration = Int64((ContinuousClock.now - begun) / .microseconds(1))
        let (toPhone, toCaller) = (times.flatMap(\.toPhone), times.flatMap(\.toCaller))
        StandardStream.output.write(
            "RESULT \(toPhone.count) \(duration) \(Latencies(toPhone).words) \(Latencies(toCaller).words)\n")
    }

    /// One sign-in: how long until the phone had it, and how long from its answer until the caller had the decision.
    private static func signIn(
        _ person: PersonWithPhone, _ integrator: MFAClient
    ) async throws -> (Duration, Duration) {
        let started = ContinuousClock.now
        let prompt = try await person.begin(integrator)
        async let decision = WaitingCaller(id: prompt.id, client: integrator).decision()
        let challenge = try await person.find(prompt)
        let atPhone = ContinuousClock.now
        async let told = person.answer(challenge, prompt, approving: true)
        let decided = try await decision
        guard try await told == "approved", decided.state == "approved" else {
            throw WaitingCaller.Fault.wrong(id: prompt.id, state: decided.state)
        }
        return (atPhone - started, decided.at - atPhone)
    }
}

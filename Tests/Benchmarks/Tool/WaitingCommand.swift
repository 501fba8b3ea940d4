// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import AsyncHTTPClient
import MFAClient
import Primitives
import ServiceRuntime

/// Holds thousands of sign-ins open through sdk-service, for others to measure meanwhile, and then answers them all.
struct WaitingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "waiting",
        abstract: "Hold many sign-ins open, each on a connection of its own, and answer them when told.",
        discussion: """
            Prints PREPARED when everybody has a phone, and goes on at a line on standard input; prints WAITING when \
            every caller was sent on its way, and goes on at the next line. Then each phone answers, every other one with a denial, \
            and the last line is RESULT with the number of sign-ins, the microseconds of all answers, and in \
            microseconds p50, p99 and the largest time from a phone's answer until its caller had the decision.
            """)

    /// Connections opened in one second.
    private static let wave = 400

    @OptionGroup var suite: SuiteOptions

    @Option(help: "How many sign-ins wait.")
    var count = 10_000

    @Option(help: "How many phones answer at once.")
    var phones = 8

    func run() async throws {
        let (calls, waits) = (suite.http(connections: 64), suite.http(connections: count + 64))
        do {
            try await hold(calls, waits)
        } catch {
            try await calls.shutdown()
            try await waits.shutdown()
            throw error
        }
        try await calls.shutdown()
        try await waits.shutdown()
    }

    private func hold(_ calls: HTTPClient, _ waits: HTTPClient) async throws {
        let administrator = try suite.client("administrator", over: calls)
        let integrator = try suite.client("integrator", over: calls)
        let waiting = try suite.client("integrator", over: waits)
        let (run, authority) = (Hex.encode(SystemRandomSource().bytes(4)), suite.authority)
        let everybody = try await inParallel(count, width: 32) { number in
            try await PersonWithPhone(
                named: "wait-\(run)-\(number)", administrator: administrator, authority: authority)
        }
        say("PREPARED")
        _ = readLine()
        let prompts = try await inParallel(count, width: 32) { number in
            try await everybody[number].begin(integrator)
        }
        // Not all at once: thousands of handshakes in a moment would be a load of another kind.
        var decisions: [Task<(state: String, at: ContinuousClock.Instant), any Error>] = []
        for prompt in prompts {
            decisions.append(Task { try await WaitingCaller(id: prompt.id, client: waiting).decision() })
            if decisions.count.isMultiple(of: Self.wave) { try await Task.sleep(for: .seconds(1)) }
        }
        let waiters = decisions
        say("WAITING")
        _ = readLine()
        let begun = ContinuousClock.now
        let late = try await inParallel(count, width: phones) { number in
            let prompt = prompts[number]
            let challenge = try await everybody[number].find(prompt)
            let answered = ContinuousClock.now
            let told = try await everybody[number].answer(challenge, prompt, approving: number % 2 == 0)
            let decision = try await waiters[number].value
            guard decision.state == told, told == (number % 2 == 0 ? "approved" : "denied") else {
                throw WaitingCaller.Fault.wrong(id: prompt.id, state: decision.state)
            }
            return decision.at - answered
        }
        let duration = Int64((ContinuousClock.now - begun) / .microseconds(1))
        say("RESULT \(late.count) \(duration) \(Latencies(late).words)")
    }

    private func say(_ line: String) {
        StandardStream.output.write(line + "\n")
    }
}

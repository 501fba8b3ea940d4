// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SimulatedPhone

/// One sentence about why there is nothing to answer.
struct Refusal: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Which sign-in is answered, and how long to wait for one.
struct ChallengeOptions: ParsableArguments {
    @Option(help: "The sign-in to answer, as `list` shows it; without it, the one that waits.")
    var id: String?

    @Option(name: .customLong("wait"), help: "Seconds to wait for a sign-in when there is none yet.")
    var waitSeconds = 0

    @OptionGroup var state: StateOptions

    func validate() throws {
        guard (0...3600).contains(waitSeconds) else { throw ValidationError("--wait takes 0 to 3600 seconds.") }
    }

    /// The phone and the challenge to answer.
    func find() async throws -> (SimulatedPhone, PhoneChallenge) {
        let phone = try state.phone()
        guard let challenge = try await phone.waitForChallenge(id, within: .seconds(waitSeconds)) else {
            throw Refusal(id == nil ? "No sign-in waits for this phone." : "No such sign-in waits for this phone.")
        }
        return (phone, challenge)
    }
}

struct ApproveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Approve a sign-in by typing the number that its page shows.")

    @Option(help: "The number on the sign-in page, leading zeros included.")
    var number: String?

    @OptionGroup var challenge: ChallengeOptions

    func run() async throws {
        let (phone, found) = try await challenge.find()
        guard found.numberDigits == 0 || number != nil else {
            throw Refusal("The sign-in page shows \(found.numberDigits) digits; give them with --number.")
        }
        let state = try await phone.answer(found, .approve(number: number))
        say("The sign-in to \(found.application) is \(state).")
        guard state == "approved" else { throw ExitCode.failure }
    }
}

struct DenyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "deny", abstract: "Refuse a sign-in.")

    @OptionGroup var challenge: ChallengeOptions

    func run() async throws {
        let (phone, found) = try await challenge.find()
        say("The sign-in to \(found.application) is \(try await phone.answer(found, .deny)).")
    }
}

struct FraudCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fraud", abstract: "Refuse a sign-in and report that somebody else began it.")

    @OptionGroup var challenge: ChallengeOptions

    func run() async throws {
        let (phone, found) = try await challenge.find()
        say("The sign-in to \(found.application) is \(try await phone.answer(found, .fraud)), and fraud is reported.")
    }
}

// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SimulatedPhone

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the sign-ins that wait for this phone.")

    @OptionGroup var state: StateOptions

    func run() async throws {
        let challenges = try await state.phone().challenges()
        guard !challenges.isEmpty else { return say("No sign-in waits for this phone.") }
        for challenge in challenges {
            let origin = challenge.clientAddress.flatMap { $0.isEmpty ? nil : " from \($0)" } ?? ""
            let digits = challenge.numberDigits == 0 ? "no number" : "a number of \(challenge.numberDigits) digits"
            say("\(challenge.id)  \(challenge.application)\(origin), asks for \(digits), until \(challenge.expiresAt)")
        }
    }
}

struct PushAddressCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push-address", abstract: "Tell the service where to send pushes.")

    @Argument(help: "The address, as the phone's push provider gave it.")
    var address: String

    @OptionGroup var state: StateOptions

    func run() async throws {
        try await state.phone().setPushAddress(address)
        say("The push address is set.")
    }
}

struct RemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove this phone from its owner's account.")

    @OptionGroup var state: StateOptions

    func run() async throws {
        try await state.phone().remove()
        say("The phone is removed; \(state.path) is of no more use.")
    }
}

struct PasscodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "passcode", abstract: "Show the passcode of a TOTP or HOTP factor, as an authenticator app does.")

    @Option(help: "The otpauth URI that stands in the factor's QR code, in quotes.")
    var uri: String

    func run() throws {
        guard let app = AuthenticatorApp(uri: uri) else { throw ValidationError("That is no otpauth URI.") }
        say(app.passcode())
    }
}

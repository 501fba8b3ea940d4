// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import SimulatedPhone

@main struct SimulatedPhoneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulated-phone",
        abstract: "A phone for trying out Countersign: it activates, shows sign-ins and answers them.",
        discussion: """
            Activate it once with the link that stands in an activation's QR code, then answer sign-ins:

              simulated-phone activate --link 'countersign://activate?…' --ca ca.pem
              simulated-phone approve --number 483920 --wait 30

            The phone lives in one file (phone.json, or --state FILE) that holds its private key, so keep it to \
            yourself. Use a file for each phone.
            """,
        subcommands: [
            ActivateCommand.self, ListCommand.self, ApproveCommand.self, DenyCommand.self, FraudCommand.self,
            PushAddressCommand.self, RemoveCommand.self, PasscodeCommand.self,
        ])
}

/// Where the phone is kept.
struct StateOptions: ParsableArguments {
    @Option(name: .customLong("state"), help: "The file that is the phone.", completion: .file())
    var path = "phone.json"

    func phone() throws -> SimulatedPhone {
        try SimulatedPhone(state: PhoneState.load(from: path))
    }
}

/// The line of text that a command answers with.
func say(_ text: String) {
    FileHandle.standardOutput.write(Data("\(text)\n".utf8))
}

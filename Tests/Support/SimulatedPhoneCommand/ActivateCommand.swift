// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import SimulatedPhone

struct ActivateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "activate",
        abstract: "Make this phone somebody's device.",
        discussion: """
            Scanning the QR code is --link, in quotes because of the & in it. Typing is --user, --code and --service.
            A phone that the file held before is replaced.
            """)

    @Option(help: "The link in the QR code of the activation.")
    var link: String?

    @Option(help: "The user name, when typing.")
    var user: String?

    @Option(help: "The activation code, when typing.")
    var code: String?

    @Option(help: "Base URL of the service, such as https://localhost:8444/PA; with --link it replaces the link's.")
    var service: String?

    @Option(name: .customLong("ca"), help: "PEM of the certification authority to trust.", completion: .file())
    var trustRootsPath: String?

    @Option(help: "What the phone is called in the user's list of devices.")
    var name = "Simulated phone"

    @OptionGroup var state: StateOptions

    func validate() throws {
        if link != nil {
            guard user == nil, code == nil else {
                throw ValidationError("Give --link, or --user and --code, not both.")
            }
        } else {
            guard user != nil, code != nil, service != nil else {
                throw ValidationError("Give --link, or all of --user, --code and --service.")
            }
        }
    }

    func run() async throws {
        // The state outlives this folder, so the path must not depend on it.
        let trustRoots = trustRootsPath.map { URL(filePath: $0).absoluteURL.path }
        let phone = try SimulatedPhone(baseURL: service, trustRootsPath: trustRoots)
        let identity: PhoneIdentity
        if let link {
            identity = try await phone.activate(link: link, deviceName: name)
        } else {
            identity = try await phone.activate(user: user ?? "", code: code ?? "", deviceName: name)
        }
        try await phone.state.save(to: state.path)
        say("Activated for \(identity.userName) at \(identity.accountName).")
        say("The phone is kept in \(state.path).")
    }
}

// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import AsyncHTTPClient
import Foundation
import MFAAPI
import MFAClient
import OneTimePassword
import Primitives
import ServiceRuntime

/// Makes people with imported HOTP tokens through sdk-service, and writes the passcodes that they will send.
struct PrepareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prepare",
        abstract: "Make people with HOTP tokens and a file of passcodes, each right once.",
        discussion: """
            A line of the file is a user name and a passcode. All people's first passcodes come first, then all their \
            second ones: so one person's passcodes never overtake each other.
            """)

    @OptionGroup var suite: SuiteOptions

    @Option(help: "How many people.")
    var people = 10_000

    @Option(help: "How many passcodes each of them gets.")
    var passcodes = 20

    @Option(help: "Where the passcodes go.", completion: .file())
    var out: String

    private static let atOnce = 32

    func run() async throws {
        let http = suite.http(connections: Self.atOnce)
        let run = Hex.encode(SystemRandomSource().bytes(4))
        do {
            let client = try suite.client("administrator", over: http)
            let secrets = try await inParallel(people, width: Self.atOnce) { number in
                try await Self.makePerson(Self.name(number, run), client)
            }
            try write(secrets, run)
        } catch {
            try await http.shutdown()
            throw error
        }
        try await http.shutdown()
    }

    private static func name(_ number: Int, _ run: String) -> String { "bench-\(run)-\(number)" }

    private static func makePerson(_ name: String, _ client: MFAClient) async throws -> SecretBytes {
        let bytes = SystemRandomSource().bytes(20)
        _ = try await client.users.create(CreateUserRequest(username: name))
        _ = try await client.factors.create(
            name, CreateFactorRequest(kind: "hotp", name: "token", secretHex: Hex.encode(bytes)))
        return SecretBytes(bytes)
    }

    private func write(_ secrets: [SecretBytes], _ run: String) throws {
        var text = ""
        for counter in 0..<UInt64(passcodes) {
            for (number, secret) in secrets.enumerated() {
                let passcode = HOTP.passcode(secret: secret, counter: counter, digits: 6, algorithm: .sha1)
                text += "\(Self.name(number, run)) \(passcode.text)\n"
            }
        }
        try text.write(toFile: out, atomically: true, encoding: .utf8)
    }
}

// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import AsyncHTTPClient
import Foundation
import MFAAPI
import MFAClient
import NIOSSL
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

    @Option(help: "Base URL of sdk-service, such as https://localhost:8442/api/v1.")
    var url: String

    @Option(name: .customLong("ca"), help: "PEM of the authority to trust.", completion: .file())
    var authority: String

    @Option(help: "Name of the service account.")
    var account: String

    @Option(help: "File with its secret.", completion: .file())
    var secretFile: String

    @Option(help: "How many people.")
    var people = 10_000

    @Option(help: "How many passcodes each of them gets.")
    var passcodes = 20

    @Option(help: "Where the passcodes go.", completion: .file())
    var out: String

    private static let atOnce = 32

    func run() async throws {
        let secret = try String(contentsOfFile: secretFile, encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .file(authority)
        let http = HTTPClient(configuration: .init(tlsConfiguration: tls))
        let client = MFAClient(
            http: http, urls: [url],
            credentials: BasicCredentials(name: account, secret: SecretBytes(utf8: secret)))
        let run = Hex.encode(SystemRandomSource().bytes(4))
        do {
            let secrets = try await makePeople(client, run)
            try write(secrets, run)
        } catch {
            try await http.shutdown()
            throw error
        }
        try await http.shutdown()
    }

    private func name(_ number: Int, _ run: String) -> String { "bench-\(run)-\(number)" }

    private func makePeople(_ client: MFAClient, _ run: String) async throws -> [SecretBytes] {
        try await withThrowingTaskGroup(of: (Int, SecretBytes).self) { group in
            var secrets = Array(repeating: SecretBytes([]), count: people)
            var next = 0
            func addNext() {
                guard next < people else { return }
                let number = next
                next += 1
                group.addTask { (number, try await makePerson(name(number, run), client)) }
            }
            for _ in 0..<Self.atOnce { addNext() }
            while let (number, secret) = try await group.next() {
                secrets[number] = secret
                addNext()
            }
            return secrets
        }
    }

    private func makePerson(_ name: String, _ client: MFAClient) async throws -> SecretBytes {
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
                text += "\(name(number, run)) \(passcode.text)\n"
            }
        }
        try text.write(toFile: out, atomically: true, encoding: .utf8)
    }
}

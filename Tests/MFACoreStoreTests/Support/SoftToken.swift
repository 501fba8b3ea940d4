// SPDX-License-Identifier: Apache-2.0
import Primitives
import TestKit
import Testing

/// A PKCS #11 token in software (Debian's SoftHSM), with a folder of its own.
struct SoftToken {
    static let module = "/usr/lib/softhsm/libsofthsm2.so"

    let label: String
    let pin: String
    private let folder: TemporaryFolder

    /// For every program that uses the token.
    let environment: [String: String]
    private let pinFile: String

    /// Makes an empty token.
    static func make(_ label: String = "countersign", in folder: TemporaryFolder) async throws -> SoftToken {
        let token = try SoftToken(label, in: folder)
        try await token.run(
            "softhsm2-util", ["--init-token", "--free", "--label", label, "--so-pin", "00000000", "--pin", token.pin])
        return token
    }

    private init(_ label: String, in folder: TemporaryFolder) throws {
        self.label = label
        self.folder = folder
        pin = "pin" + Hex.encode(SystemRandomSource().bytes(8))
        let configuration = try folder.write(
            "softhsm2.conf",
            "directories.tokendir = \(folder.path)/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
        try folder.makeFolder("tokens")
        environment = ["SOFTHSM2_CONF": configuration]
        pinFile = try folder.write("token.pin", pin + "\n")
    }

    /// Makes an AES key that does not leave the token.
    func makeKey(_ label: String) async throws {
        try await run(
            "pkcs11-tool",
            [
                "--module", Self.module, "--token-label", self.label, "--login", "--pin", pin, "--keygen",
                "--key-type", "AES:32", "--label", label, "--sensitive",
            ])
    }

    /// The settings of mfa-core, as `--set` takes them, with some of them different.
    func settings(key: String = "master", _ others: [String: String] = [:]) -> [String] {
        let values = [
            "keys.pkcs11.module": Self.module, "keys.pkcs11.token": label, "keys.pkcs11.key": key,
            "keys.pkcs11.pinFile": pinFile,
        ].merging(others) { $1 }
        return values.sorted { $0.key < $1.key }.flatMap { ["--set", "\($0.key)=\($0.value)"] }
    }

    private func run(_ program: String, _ arguments: [String]) async throws {
        let end = try await ChildProcess.run(
            .init("/usr/bin/\(program)", arguments, environment: environment, folder: folder.path))
        #expect(end.status == 0, "\(program): \(end.errors)")
    }
}

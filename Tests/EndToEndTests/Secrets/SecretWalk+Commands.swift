// SPDX-License-Identifier: Apache-2.0
import Foundation
import Primitives
import Testing
import TestKit

/// Secrets on the command line: what is handed over, printed once or read from a file must not be among the arguments
/// and variables of the process, which every user of the machine may list.
extension SecretWalk {
    /// Runs each command that has to do with a secret; what the kernel showed of it meanwhile.
    mutating func runCommands() async throws -> [CommandSight] {
        let person = try await world.createUser("commanded")
        let seed = SystemRandomSource().bytes(20)
        note("seed on standard input", bytes: seed)
        note("seed on standard input", Base32.encode(seed))
        let typed = Base32.encode(seed) + "\n"
        let add = try world.coreCommand(
            ["factor", "add", person.name, "--kind", "hotp", "--secret-base32-stdin"], input: typed)
        let account = try world.coreCommand(
            ["service-account", "add", "commanded-\(Workshop.unique())", "--scope", "authenticate", "--json"])
        let signer = try await world.signer()
        let key = try #require(signer.arguments.firstIndex(of: "--key").map { signer.arguments[$0 + 1] })
        try noteKey("signer's key", in: key)
        let sights = [
            try await world.look(at: add, waitingFor: "core.factor"),
            try await world.look(at: account, waitingFor: "sdk.service_account"),
            try await world.look(at: signer, waitingFor: "core.audit_checkpoint"),
        ]
        for sight in sights {
            #expect(sight.status == 0, "\(sight.commandLine): \(sight.errors)")
            #expect(sight.commandLine.count > 4 && !sight.readable.isEmpty)
        }
        note("secret of a new account", JSON(parsing: Array(sights[1].output.utf8))?["secret"]?.text)
        #expect(texts.last?.0 == "secret of a new account")
        return sights
    }
}

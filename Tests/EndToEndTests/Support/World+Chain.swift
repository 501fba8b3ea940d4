// SPDX-License-Identifier: Apache-2.0
import Testing
import TestKit

/// Whether the audit's hash chain holds (I4).
extension World {
    /// What has looked at the chain of ``lent`` so far.
    @TaskLocal static var chain: ChainCheck?

    /// What is wrong with rows that were written since the last question, when all of them have their links.
    func chainViolations() async throws -> [Violation] {
        try await (World.chain ?? newChainCheck).violations()
    }

    /// Has looked at nothing yet.
    var newChainCheck: ChainCheck { ChainCheck { self.postgres.configuration(database: Self.database) } }

    /// The same as an expectation.
    func expectChain(_ what: String = "") async throws {
        let violations = try await chainViolations()
        #expect(violations.isEmpty, "\(what)\n\(violations)")
    }

    /// Everything once more, by the program that operators have for it: a fault of the chain is an error.
    func expectWholeAudit() async throws {
        var command = try coreCommand(["audit", "verify", "--json"])
        // It asks the database for the time, and starts when the clock of the other programs may be ahead (``FakeClock``).
        command.environment = [:]
        let end = try await ChildProcess.run(command, within: .seconds(900))
        let report = JSON(parsing: Array(end.output.utf8))
        guard end.status == 0, report?["sound"]?.boolean == true, let links = report?["links"]?.integer, links > 0
        else {
            let fault = report?["fault"]?["sentence"]?.text ?? "status \(end.status), \(end.errors)\(end.output)"
            throw TestKitError(Violation("I4", "mfa-core audit verify: \(fault)").description)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import MFAAPI
import MFADomain
import Primitives

/// What `factor add`, `list` and `remove` do.
package enum FactorAdministration {
    /// What `factor add` says of a one-time password factor; nil takes the usual value.
    package struct Fields: Sendable {
        package var name: String?
        package var digits: Int?
        package var algorithm: String?
        package var periodSeconds: Int?
        package var counter: Int64?
        package var secretBase32: String?

        package init(
            name: String?, digits: Int?, algorithm: String?, periodSeconds: Int?, counter: Int64?,
            secretBase32: String?
        ) {
            self.name = name
            self.digits = digits
            self.algorithm = algorithm
            self.periodSeconds = periodSeconds
            self.counter = counter
            self.secretBase32 = secretBase32
        }
    }

    /// Adds a factor; a secret of ours stands in the report, once.
    package static func add(
        _ kind: String, to user: String, _ fields: Fields, _ options: CommandOptions
    ) async throws -> CommandReport {
        let request = CreateFactorRequest(
            kind: kind, name: fields.name, digits: fields.digits, algorithm: fields.algorithm,
            periodSeconds: fields.periodSeconds, counter: fields.counter, secretBase32: fields.secretBase32)
        if kind == FactorKind.recovery.rawValue { return try await addRecoveryCodes(to: user, request, options) }
        let proposal = try FactorFields.proposal(request, random: SystemRandomSource())
        var settings = try CommandSettings(options)
        let issuer = settings.rules().issuer
        return try await CommandPeople.run(options) { core, caller in
            let added = try CommandPeople.fresh(
                try await core.factors.add(proposal, to: user, caller: caller, keeping: CommandPeople.unkept()))
            var response = CreateFactorResponse(added, proposal: proposal, issuer: issuer)
            // A picture is for pages; a terminal has the link.
            response.qrSVG = nil
            let facts = TextTable.facts([
                ("factor", response.id), ("kind", kind), ("state", response.state), ("link", response.otpauthURI),
                ("secret", response.secretBase32),
            ])
            let note =
                proposal.isImported
                ? "" : "Hand the link over now: its secret cannot be shown again. The first passcode confirms it.\n"
            return try CommandReport(facts + note, document: response)
        }
    }

    private static func addRecoveryCodes(
        to user: String, _ request: CreateFactorRequest, _ options: CommandOptions
    ) async throws -> CommandReport {
        let name = try FactorFields.recoveryName(request)
        return try await CommandPeople.run(options) { core, caller in
            let added = try CommandPeople.fresh(
                try await core.factors.addRecoveryCodes(
                    named: name, to: user, caller: caller, keeping: CommandPeople.unkept()))
            let response = CreateFactorResponse(recoveryCodesOf: added)
            let codes = (response.recoveryCodes ?? []).map { "  \($0)\n" }.joined()
            let facts = TextTable.facts([
                ("factor", response.id), ("kind", request.kind), ("state", response.state),
            ])
            let note = "Hand them over now: they cannot be shown again. Each works once, and an earlier set is void.\n"
            return try CommandReport(facts + codes + note, document: response)
        }
    }

    package static func list(_ user: String, _ options: CommandOptions) async throws -> CommandReport {
        try await CommandPeople.run(options) { core, caller in
            let factors = try await core.factors.list(of: user, caller: caller)
            var table = TextTable([
                "FACTOR", "KIND", "NAME", "STATE", "CODES", "FAILURES", "LAST USED AT", "CREATED AT",
            ])
            for factor in factors {
                table.add([
                    factor.id.description, factor.kind.rawValue, factor.name, factor.state.rawValue,
                    factor.recovery.map { String($0.remaining) }, String(factor.budget.failures),
                    factor.lastUsedAt?.description, factor.createdAt.description,
                ])
            }
            return try CommandReport(
                table.text(empty: "This user has no factor."),
                document: ReportedItems(factors.map { FactorResponse($0) }))
        }
    }

    package static func remove(
        _ id: String, of user: String, _ options: CommandOptions
    ) async throws -> CommandReport {
        guard let factor = FactorID(id) else {
            throw CommandFault.usage("“\(id)” is no factor; mfa-core factor list USER shows their ids.")
        }
        return try await CommandPeople.run(options) { core, caller in
            _ = try await core.factors.remove(factor, of: user, caller: caller)
            return try CommandReport(
                "Removed factor \(factor).\n", document: ReportedAct(name: factor.description, state: "removed"))
        }
    }
}

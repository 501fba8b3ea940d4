// SPDX-License-Identifier: Apache-2.0
import MFAAPI
import MFADomain
import Primitives

/// What `bypass add` and `bypass remove` do.
package enum BypassAdministration {
    /// Lets a person in once without a factor.
    ///
    /// - Parameter seconds: nil for the usual time.
    package static func add(
        _ user: String, reason: String, seconds: Int?, _ options: CommandOptions
    ) async throws -> CommandReport {
        let range = Bypass.secondsRange
        if let seconds, !range.contains(seconds) {
            throw CommandFault.usage("--seconds: expected \(range.lowerBound) to \(range.upperBound).")
        }
        let (reason, duration) = (try BypassFields.reason(reason), try BypassFields.duration(seconds))
        return try await CommandPeople.run(options) { core, caller in
            let bypass = try CommandPeople.fresh(
                try await core.bypasses.issue(
                    for: user, reason: reason, lasting: duration, caller: caller, keeping: CommandPeople.unkept()))
            return try CommandReport(
                "The next sign-in of \(TerminalText.clean(user)) before \(bypass.expiresAt) is let in without a factor.\n",
                document: BypassResponse(expiresAt: bypass.expiresAt))
        }
    }

    /// Takes back a bypass that was not used.
    package static func remove(_ user: String, _ options: CommandOptions) async throws -> CommandReport {
        try await CommandPeople.run(options) { core, caller in
            try await core.bypasses.withdraw(of: user, caller: caller)
            return try CommandReport(
                "No bypass lets \(TerminalText.clean(user)) in any more.\n",
                document: ReportedAct(name: user, state: "removed"))
        }
    }
}

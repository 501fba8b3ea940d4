// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Postgres
import Primitives
import Synchronization

/// The policy that was read last, ready to decide.
///
/// Each decision reads the version that holds in its own transaction; a version never changes, so that only another one
/// has to be read and parsed.
final class PolicyShelf: Sendable {
    private let latest = Mutex(Policy.builtIn)

    /// The policy of this version, read in the transaction that decides by it.
    ///
    /// - Throws: ``Refusal`` `unavailable` where this program cannot read it: nobody is let in by half a policy.
    func policy(_ version: Int64, in transaction: Transaction) async throws -> Policy {
        if version == 0 { return .builtIn }
        let kept = latest.withLock { $0 }
        if kept.version == version { return kept }
        guard let row = try await transaction.query(PolicyStatements.readDocument, [.integer(version)]).first else {
            throw Refusal(.unavailable, reason: "version \(version) of the policy is not there")
        }
        do {
            let document = try PolicyRow.document(try row.text("document"), version: version)
            let policy = try Policy(version: version, document, zones: SystemTimeZones.shared)
            latest.withLock { kept in if kept.version < version { kept = policy } }
            return policy
        } catch let error as UnreadablePolicy {
            throw Refusal(.unavailable, reason: "the policy cannot be read: \(error.what)")
        }
    }
}

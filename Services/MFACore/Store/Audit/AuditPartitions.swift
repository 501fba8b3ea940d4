// SPDX-License-Identifier: Apache-2.0
package import Postgres

/// The audit's partitions, one for each month. Housekeeping makes them ahead, and so does whoever migrates: an installation
/// that was off for long begins with the right ones.
package enum AuditPartitions {
    /// Makes those of this month and of the next three, unless they are there.
    ///
    /// - Parameters:
    ///   - login: of the role that migrates.
    ///   - owner: the role that owns the schemas.
    package static func makeAhead(_ login: PostgresConfiguration, owner: String) async throws {
        try await PlainSession.open(login) { session in
            try session.run(AuditStatements.becomeOwner, [.text(owner)])
            try session.run(AuditStatements.makePartitions, [])
        }
    }
}

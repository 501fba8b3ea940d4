// SPDX-License-Identifier: Apache-2.0
package import Postgres

/// Every statement of mfa-core, for the test that prepares each of them on a migrated database.
package enum CoreStatements {
    package static let all: [Statement] =
        PersonStatements.all + SignInStatements.all + UserStatements.all + FactorStatements.all
        + ActivationStatements.all + TicketStatements.all + IdempotencyStatements.all + AuditStatements.all
        + AuditChainStatements.all + AuditCheckpointStatements.all + ForwardingStatements.all
        + TransactionStatements.all + HousekeepingStatements.all
        + KeyStatements.all + SealedTableStatements.all + CopyStatements.all + CertificateStatements.all
        + ServiceAccountStatements.all + PolicyStatements.all + BypassStatements.all
        + NewPersonStatements.all + AuditCutStatements.all + RestoreStatements.all

    /// Those of the signer, which has a role of its own: `audit sign` and `audit retention`.
    package static let signer: [Statement] =
        [
            AuditChainStatements.head, AuditChainStatements.linksAfter, AuditChainStatements.rowTime,
            AuditCheckpointStatements.add,
        ] + AuditCheckpointStatements.all + AuditCutStatements.all + AuditCutStatements.signer

    /// Those of who audits with a login of their own: `audit list`, `show`, `verify` and `export`.
    package static let auditor: [Statement] =
        [
            AuditStatements.list, AuditStatements.show, AuditChainStatements.head, AuditChainStatements.linksAfter,
            AuditChainStatements.rowTime, AuditChainStatements.rowsAfter, RestoreStatements.declared,
        ] + AuditCheckpointStatements.all + AuditCutStatements.all
}

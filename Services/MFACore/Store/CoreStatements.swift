// SPDX-License-Identifier: Apache-2.0
package import Postgres

/// Every statement of mfa-core, for the test that prepares each of them on a migrated database.
package enum CoreStatements {
    package static let all: [Statement] =
        PersonStatements.all + SignInStatements.all + UserStatements.all + FactorStatements.all
        + ActivationStatements.all + TicketStatements.all + IdempotencyStatements.all + AuditStatements.all
        + AuditChainStatements.all
        + TransactionStatements.all + HousekeepingStatements.all
        + KeyStatements.all + CertificateStatements.all + ServiceAccountStatements.all
}

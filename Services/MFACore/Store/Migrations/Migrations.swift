// SPDX-License-Identifier: Apache-2.0
package import Postgres

/// Every migration of this program in order; the files stand in the folder `SQL`.
package enum Migrations {
    package static let all: [Migrator.Migration] = [
        migration(1, "schemas", PackageResources.V0001__schemas_sql),
        migration(2, "keys", PackageResources.V0002__keys_sql),
        migration(3, "users", PackageResources.V0003__users_sql),
        migration(4, "factors", PackageResources.V0004__factors_sql),
        migration(5, "sign_ins", PackageResources.V0005__sign_ins_sql),
        migration(6, "audit", PackageResources.V0006__audit_sql),
        migration(7, "service_accounts", PackageResources.V0007__service_accounts_sql),
        migration(8, "portal_sessions", PackageResources.V0008__portal_sessions_sql),
        migration(9, "signed_sign_ins", PackageResources.V0009__signed_sign_ins_sql),
        migration(10, "prompt_budget", PackageResources.V0010__prompt_budget_sql),
        migration(11, "account_credentials", PackageResources.V0011__account_credentials_sql),
        migration(12, "activation_guesses", PackageResources.V0012__activation_guesses_sql),
        migration(13, "audit_chain", PackageResources.V0013__audit_chain_sql),
        migration(14, "policy", PackageResources.V0014__policy_sql),
        migration(15, "readers", PackageResources.V0015__readers_sql),
        migration(16, "data_key_states", PackageResources.V0016__data_key_states_sql),
        migration(17, "master_keys", PackageResources.V0017__master_keys_sql),
        migration(18, "people_state", PackageResources.V0018__people_state_sql),
        migration(19, "policy_and_people", PackageResources.V0019__policy_and_people_sql),
        migration(20, "restore_fence", PackageResources.V0020__restore_fence_sql),
        migration(21, "audit_retention", PackageResources.V0021__audit_retention_sql),
        migration(22, "forwarding", PackageResources.V0022__forwarding_sql),
    ]

    private static func migration(_ number: Int, _ name: String, _ file: [UInt8]) -> Migrator.Migration {
        Migrator.Migration(number: number, name: name, sql: String(decoding: file, as: UTF8.self))
    }
}

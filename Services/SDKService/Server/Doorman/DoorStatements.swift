// SPDX-License-Identifier: Apache-2.0
package import Postgres

/// All that sdk-service asks of the database.
package enum DoorStatements {
    /// Rows: one per live secret of every account that is not removed; `secret_id` and `hash` are null without any.
    /// What ends later is live until then, by the database's time, which comes along.
    static let accounts = Statement(
        "door.accounts",
        """
        select clock_timestamp() as now, a.name, a.scopes, a.application, a.networks, a.disabled_at is not null as is_disabled,
            a.rate_per_second, a.concurrency_max, a.waiting_max, s.id as secret_id, s.hash,
            array(select c.mark from sdk.service_account_certificate c where c.account_id = a.id
                and (c.ended_at is null or c.ended_at > clock_timestamp())) as certificates
        from sdk.service_account a
        left join sdk.service_account_secret s on s.account_id = a.id
            and (s.ended_at is null or s.ended_at > clock_timestamp())
        where a.removed_at is null
        """)

    /// Rows: one, when the accounts can be read.
    static let probe = Statement(
        "door.probe", "select exists (select from sdk.service_account) as has_accounts")

    /// Rows: one; whether refusals could be written down.
    static let mayAudit = Statement(
        "door.may_audit", "select has_function_privilege('core.audit_append(jsonb)', 'execute') as may_audit")

    /// Parameters: `$1` array of events. Rows: how many were written.
    static let audit = Statement("door.audit", "select core.audit_append($1::jsonb) as written")

    /// For the test that prepares every statement.
    package static let all: [Statement] = [accounts, probe, mayAudit, audit]
}

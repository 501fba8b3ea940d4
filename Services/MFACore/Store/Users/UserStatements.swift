// SPDX-License-Identifier: Apache-2.0
import Postgres

/// Users: writing one under its lock, and reading lists.
enum UserStatements {
    /// Parameters: `$1` id … `$11` groups.
    static let insert = Statement(
        "user.insert",
        """
        insert into core."user" (id, username, canonical_name, display_name, email, phones, language,
            preferred_factor, enabled, created_at, groups)
        values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, $10, $11)
        """)

    /// Parameters: `$1` id, then every column that changes. Rows: 1, or 40001 when the user is gone.
    static let update = Statement(
        "user.update",
        """
        with changed as (
            update core."user" set username = $2, canonical_name = $3, display_name = $4, email = $5,
            phones = $6::jsonb, language = $7, preferred_factor = $8, enabled = $9, blocked_at = $10,
            blocked_until = $11, blocked_reason = $12, prompts_blocked_at = $13, password_salt = $14,
            password_verifier = $15, password_cost = $16, password_failures = $17, password_delayed_until = $18,
            prompts_started_at = $19, prompts_unanswered = $20, prompts_suspended_at = $21,
            groups = $22, bypass_at = $23, bypass_until = $24, bypass_by = $25, bypass_reason = $26,
            remembered = $27::jsonb, remembered_until = $28, prompts_suspend_after = $29,
            updated_at = clock_timestamp()
            where id = $1 returning 1)
        select core.require_rows(1, (select count(*) from changed))
        """)

    /// Parameters: `$1` id. Factors, activations and tickets go with the user; sign-ins and the audit stay.
    static let delete = Statement("user.delete", #"delete from core."user" where id = $1"#)

    static let columns = """
        u.id as user_id, u.username, u.canonical_name, u.display_name, u.email, u.phones, u.language,
        u.preferred_factor, u.groups, u.enabled, u.blocked_at, u.blocked_until, u.blocked_reason, u.bypass_at,
        u.bypass_until, u.bypass_by, u.bypass_reason, u.prompts_blocked_at, u.remembered,
        u.password_salt, u.password_verifier, u.password_cost, u.password_failures, u.password_delayed_until,
        u.prompts_started_at, u.prompts_unanswered, u.prompts_suspended_at, u.prompts_suspend_after,
        u.created_at as user_created_at
        """

    /// Parameters: `$1` canonical name after which the page begins, `$2` search text or null, `$3` limit. Rows: users, and
    /// the time.
    static let list = Statement(
        "user.list",
        """
        select \(columns), clock_timestamp() as now from core."user" u
        where u.canonical_name > $1
        and ($2::text is null or strpos(u.canonical_name, $2) > 0 or strpos(lower(u.display_name), $2) > 0
            or strpos(lower(u.email), $2) > 0)
        order by u.canonical_name limit $3
        """)

    /// Parameters: `$1` id. Rows: the user.
    static let readByID = Statement("user.read_by_id", #"select \#(columns) from core."user" u where u.id = $1"#)

    /// Parameters: `$1` canonical name. Rows: the user.
    static let readByName = Statement(
        "user.read_by_name", #"select \#(columns) from core."user" u where u.canonical_name = $1"#)

    /// Parameters: `$1` address, `$2` how many wrong passwords it may send. Rows: one when it sent as many.
    static let passwordAddress = Statement(
        "user.password_address",
        """
        select 1 as one from core.password_address
        where address = $1 and failures >= $2 and window_ends_at > clock_timestamp()
        """)

    /// Parameters: `$1` address, `$2` length of the window. Counts one wrong password; a window that is over begins anew.
    static let recordPasswordAddress = Statement(
        "user.record_password_address",
        """
        insert into core.password_address as a (address, failures, window_ends_at)
        values ($1, 1, clock_timestamp() + $2::interval)
        on conflict (address) do update set
            failures = case when a.window_ends_at > clock_timestamp() then a.failures + 1 else 1 end,
            window_ends_at = case when a.window_ends_at > clock_timestamp() then a.window_ends_at
                else excluded.window_ends_at end
        """)

    static let all: [Statement] = [
        insert, update, delete, list, readByID, readByName, passwordAddress, recordPasswordAddress,
    ]
}

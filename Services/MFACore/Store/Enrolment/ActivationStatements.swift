// SPDX-License-Identifier: Apache-2.0
import Postgres

/// Activations.
enum ActivationStatements {
    static let columns = """
        a.id, a.user_id, a.state, a.created_at, a.expires_at, a.secret_hash, a.code_hash, a.wrong_codes,
        (select coalesce(sum(o.wrong_codes), 0) from core.activation o where o.user_id = a.user_id
            and o.created_at > clock_timestamp() - interval '24 hours') as wrong_codes_of_person
        """

    /// Parameters: `$1` id. Rows: the activation.
    static let readByID = Statement(
        "activation.read_by_id", "select \(columns) from core.activation a where a.id = $1")

    /// Parameters: `$1` SHA-256 of the secret. Rows: the activation.
    static let readBySecret = Statement(
        "activation.read_by_secret", "select \(columns) from core.activation a where a.secret_hash = $1")

    /// Parameters: `$1` id, `$2` user, `$3` secret hash, `$4` code hash, `$5` from, `$6` until.
    static let insert = Statement(
        "activation.insert",
        """
        insert into core.activation (id, user_id, secret_hash, code_hash, state, created_at, expires_at)
        values ($1, $2, $3, $4, 'pending', $5, $6)
        """)

    /// Parameters: `$1` user. Voids whatever the person could still use.
    static let void = Statement(
        "activation.void", "update core.activation set state = 'void' where user_id = $1 and state = 'pending'")

    /// Parameters: `$1` id, `$2` device. Rows: 1, or 40001 when it was used in between.
    static let use = Statement(
        "activation.use",
        """
        with changed as (
            update core.activation set state = 'used', device_id = $2 where id = $1 and state = 'pending' returning 1)
        select core.require_rows(1, (select count(*) from changed))
        """)

    /// Parameters: `$1` counter. Rows: it and the counter of all, as far as they are running.
    static let readGuesses = Statement(
        "activation.read_guesses",
        """
        select bucket, wrong, window_ends_at, alarmed from core.activation_guess
        where bucket in ($1, -1) and window_ends_at > clock_timestamp()
        """)

    /// Parameters: `$1` activation or null. A wrong code was typed for it.
    static let countWrongCode = Statement(
        "activation.count_wrong_code",
        "update core.activation set wrong_codes = wrong_codes + 1 where id = $1::uuid")

    /// Parameters: `$1` counter, `$2` how much is added, `$3` what it must be below, `$4` length of the window. Rows: 1,
    /// or 40001 when others used it up in between: then nobody learns whether this try was right.
    static let countTry = Statement(
        "activation.count_try",
        """
        with counted as (
            insert into core.activation_guess as g (bucket, wrong, window_ends_at)
            values ($1, $2, clock_timestamp() + $4::interval)
            on conflict (bucket) do update set
                wrong = case when g.window_ends_at > clock_timestamp() then g.wrong else 0 end + $2,
                window_ends_at = case when g.window_ends_at > clock_timestamp() then g.window_ends_at
                    else excluded.window_ends_at end
            where g.window_ends_at <= clock_timestamp() or g.wrong < $3
            returning 1)
        select core.require_rows(1, (select count(*) from counted))
        """)

    /// Parameters: `$1` whether the alarm is raised with it, `$2` length of the window, `$3` how much is added. Rows: 1,
    /// or 40001 when somebody else raised the alarm in between.
    static let countForAll = Statement(
        "activation.count_for_all",
        """
        with counted as (
            insert into core.activation_guess as g (bucket, wrong, window_ends_at, alarmed)
            values (-1, $3, clock_timestamp() + $2::interval, $1)
            on conflict (bucket) do update set
                wrong = case when g.window_ends_at > clock_timestamp() then g.wrong else 0 end + $3,
                alarmed = $1 or (g.alarmed and g.window_ends_at > clock_timestamp()),
                window_ends_at = case when g.window_ends_at > clock_timestamp() then g.window_ends_at
                    else excluded.window_ends_at end
            where not $1 or not g.alarmed or g.window_ends_at <= clock_timestamp()
            returning 1)
        select core.require_rows(1, (select count(*) from counted))
        """)

    static let all: [Statement] = [
        readByID, readBySecret, insert, void, use, readGuesses, countWrongCode, countTry, countForAll,
    ]
}

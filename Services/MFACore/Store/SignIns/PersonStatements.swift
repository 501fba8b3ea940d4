// SPDX-License-Identifier: Apache-2.0
import Postgres

/// Locking and reading a person. The lock comes first and in a statement of its own: what is read after it cannot be
/// older than it (READ COMMITTED gives each statement a snapshot of its own).
enum PersonStatements {
    /// Parameters: `$1` canonical names. Rows: ids of the users now locked; those locked elsewhere are left out.
    static let lockMany = Statement(
        "person.lock_many",
        """
        select id from core."user" where canonical_name = any($1::text[])
        order by id for no key update skip locked
        """)

    /// Parameters: `$1` canonical names. Rows: ids of the users, all of them locked.
    static let lockManyWaiting = Statement(
        "person.lock_many_waiting",
        """
        select id from core."user" where canonical_name = any($1::text[])
        order by id for no key update
        """)

    /// Parameters: `$1` canonical names. Rows: each name with its user and factors, or nulls; time and transaction.
    static let readMany = Statement(
        "person.read_many",
        """
        select n.name, clock_timestamp() as now, pg_current_xact_id()::text as xid, \(PolicyStatements.latest),
            \(userColumns), \(factorColumns)
        from unnest($1::text[]) as n (name)
        left join core."user" u on u.canonical_name = n.name
        left join core.factor f on f.user_id = u.id and f.state <> 'revoked'
        """)

    /// Rows: time and transaction, for decisions about nobody yet.
    static let readNobody = Statement(
        "person.read_nobody",
        """
        select clock_timestamp() as now, pg_current_xact_id()::text as xid, \(PolicyStatements.latest), null as user_id
        """)

    private static let userColumns = """
        u.id as user_id, u.username, u.canonical_name, u.display_name, u.email, u.phones, u.language,
        u.preferred_factor, u.groups, u.enabled, u.blocked_at, u.blocked_until, u.blocked_reason, u.bypass_at,
        u.bypass_until, u.bypass_by, u.bypass_reason, u.prompts_blocked_at, u.remembered,
        u.password_salt, u.password_verifier, u.password_cost, u.password_failures, u.password_delayed_until,
        u.prompts_started_at, u.prompts_unanswered, u.prompts_suspended_at, u.prompts_suspend_after,
        u.created_at as user_created_at
        """

    private static let factorColumns = """
        f.id as factor_id, f.kind, f.name as factor_name, f.state as factor_state, f.imported,
        f.created_at as factor_created_at, f.last_used_at, f.failures, f.delayed_until, f.algorithm, f.digits,
        f.period_seconds, f.sealed_secret, f.key_id, f.secret_version, f.last_step, f.step_offset, f.resync_step,
        f.fence_step, f.public_key, f.platform, f.push_address, f.recovery_salt, f.recovery_cost, f.recovery_hashes
        """

    static let all: [Statement] =
        [
            lockMany, lockManyWaiting, readMany, readNobody,
        ] + SubjectKey.allCases.flatMap { [lock($0), read($0), readPrompt($0), readActivation($0)] }

    /// Parameters: `$1` the key. Rows: the user's id, locked until the transaction ends.
    static func lock(_ key: SubjectKey) -> Statement {
        Statement(
            "person.lock_by_\(key.rawValue)",
            #"select u.id from core."user" u where u.id = \#(key.userID) for no key update"#)
    }

    /// Parameters: `$1` the key. Rows: time and transaction with the user and each factor, or nulls.
    static func read(_ key: SubjectKey) -> Statement {
        Statement(
            "person.read_by_\(key.rawValue)",
            """
            select c.now, c.xid, \(PolicyStatements.latest), \(userColumns), \(factorColumns)
            from (select clock_timestamp() as now, pg_current_xact_id()::text as xid) c
            left join core."user" u on u.id = \(key.userID)
            left join core.factor f on f.user_id = u.id and f.state <> 'revoked'
            """)
    }

    /// Parameters: `$1` the key. Rows: the prompt that waits for the person, if any.
    static func readPrompt(_ key: SubjectKey) -> Statement {
        Statement(
            "person.read_prompt_by_\(key.rawValue)",
            """
            select \(SignInStatements.columns) from core.sign_in s
            where s.user_id = \(key.userID) and s.state = 'pending' and s.challenge_nonce is not null
            """)
    }

    /// Parameters: `$1` the key. Rows: the activation that a phone may still use with a typed code.
    static func readActivation(_ key: SubjectKey) -> Statement {
        Statement(
            "person.read_activation_by_\(key.rawValue)",
            """
            select \(ActivationStatements.columns) from core.activation a
            where a.user_id = \(key.userID) and a.state = 'pending'
            order by a.created_at desc limit 1
            """)
    }
}

/// By what a person is found; `$1` is the value.
enum SubjectKey: String, CaseIterable {
    case name, id, device, activation, ticket
    case signIn = "sign_in"

    /// An SQL expression for the user's id.
    var userID: String {
        switch self {
        case .name: #"(select n.id from core."user" n where n.canonical_name = $1)"#
        case .id: "$1::uuid"
        case .device: "(select d.user_id from core.factor d where d.id = $1)"
        case .activation: "(select v.user_id from core.activation v where v.secret_hash = $1)"
        case .ticket: "(select t.user_id from core.ticket t where t.hash = $1)"
        case .signIn: "(select i.user_id from core.sign_in i where i.id = $1)"
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import Postgres
import TestKit
import Testing

/// R99: each role has the rights it needs and no others. `S`elect, `I`nsert, `U`pdate, `D`elete, `T`runcate.
struct RightsTests {
    /// Every table, and what each of the roles may do with it; mfa_migrate, before SET ROLE, may do nothing.
    private static let matrix: [String: [CoreDatabase.Role: String]] = [
        "core.schema_migration": [.backup: "S"],
        "core.instance": [.core: "SIU", .backup: "S"],
        "core.derived_key": [.core: "SIU", .backup: "S"],
        "core.data_key": [.core: "SIUD", .backup: "S"],
        "core.running_copy": [.core: "SIUD", .backup: "S"],
        "core.restore_fence": [.core: "SIU", .auditor: "S", .backup: "S"],
        "core.certificate_authority": [.core: "SIU", .backup: "S"],
        "core.certificate": [.core: "SI", .backup: "S"],
        "core.user": [.core: "SIUD", .backup: "S"],
        "core.password_address": [.core: "SIUD", .backup: "S"],
        "core.policy": [.core: "SI", .backup: "S"],
        "core.user_defaults": [.core: "SIU", .backup: "S"],
        "core.bypass_count": [.core: "SIUD", .backup: "S"],
        "core.factor": [.core: "SIUD", .backup: "S"],
        "core.activation": [.core: "SIUD", .backup: "S"],
        "core.activation_guess": [.core: "SIUD", .backup: "S"],
        "core.spent_nonce": [.core: "SIUD", .backup: "S"],
        "core.sign_in": [.core: "SIUD", .backup: "S"],
        "core.ticket": [.core: "SIUD", .backup: "S"],
        "core.idempotency": [.core: "SIUD"],
        "core.audit_event": [.core: "S", .signer: "S", .auditor: "S", .backup: "S"],
        "core.audit_event_default": [.backup: "S"],
        "core.audit_event_YYYYMM": [.backup: "S"],
        "core.audit_link": [.core: "SI", .signer: "S", .auditor: "S", .backup: "S"],
        "core.audit_receiver": [.core: "SIU", .backup: "S"],
        "core.audit_checkpoint": [.core: "S", .signer: "SI", .auditor: "S", .backup: "S"],
        "core.audit_cut": [.core: "S", .signer: "S", .auditor: "S", .backup: "S"],
        "sdk.service_account": [.core: "SIU", .sdk: "S", .backup: "S"],
        "sdk.service_account_certificate": [.core: "SIU", .sdk: "S", .backup: "S"],
        "sdk.service_account_secret": [.core: "SIU", .sdk: "S", .backup: "S"],
        "portal.session": [.portal: "SIUD"],
    ]

    /// Every function, and who may call it.
    private static let functions: [String: Set<CoreDatabase.Role>] = [
        "core.grant_to(suffix text, rights text)": [],
        "core.schema_version()": [.core],
        "core.require_rows(expected bigint, actual bigint)": [.core],
        "core.audit_refuse()": [],
        "core.audit_guard(guarded regclass)": [],
        "core.audit_append(events jsonb)": [.core, .sdk, .portal],
        "core.audit_partition_ensure(day date)": [.core],
        "core.audit_partitions_ahead()": [.core],
        "core.audit_cut_off(last_link bigint, link_hash bytea, keep_from timestamp with time zone, signer_key text, "
            + "proof bytea, signed timestamp with time zone, kept_ids bigint[], who text, host text)": [.signer],
        "core.audit_links_forget(most integer)": [.signer],
    ]

    /// Every schema: who may use it, and who may make things in it.
    private static let schemas: [String: Set<CoreDatabase.Role>] = [
        "core": [.core, .sdk, .portal, .signer, .auditor, .backup], "sdk": [.core, .sdk, .backup], "portal": [.portal],
        "public": [],
    ]

    private static let tables = """
        select n.nspname || '.' || c.relname as name, format('%I.%I', n.nspname, c.relname) as quoted,
            (select quote_ident(attname) from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped
             order by attnum limit 1) as first_column
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('core', 'sdk', 'portal') and c.relkind in ('r', 'p') order by 1
        """

    private struct Table: Sendable {
        let name: String
        let quoted: String
        let firstColumn: String

        /// Partitions of months are alike.
        var key: String { name.replacing(/_[0-9]{6}$/, with: "_YYYYMM") }

        /// Statements that touch no row, so that only rights decide.
        var attempts: [(letter: Character, sql: String)] {
            [
                ("S", "select 1 from \(quoted) limit 0"),
                ("I", "insert into \(quoted) select where false"),
                ("U", "update \(quoted) set \(firstColumn) = default where false"),
                ("D", "delete from \(quoted) where false"),
                ("T", "truncate \(quoted) cascade"),
            ]
        }
    }

    private static func allTables(_ core: CoreDatabase) async throws -> [Table] {
        try await PlainSession.open(core.superuser) { session in
            try session.run(tables).map { row in
                Table(
                    name: try row.text("name"), quoted: try row.text("quoted"),
                    firstColumn: try row.text("first_column"))
            }
        }
    }

    @Test(arguments: CoreDatabase.Role.allCases)
    func `a role may do with each table what the matrix says`(role: CoreDatabase.Role) async throws {
        try await withCoreDatabase { core in
            let tables = try await Self.allTables(core)
            #expect(Set(tables.map(\.key)) == Set(Self.matrix.keys))
            try await PlainSession.open(core.configuration(role)) { session in
                for table in tables {
                    var granted = ""
                    for (letter, sql) in table.attempts where try Self.isAllowed(sql, session) {
                        granted.append(letter)
                    }
                    let expected = Self.matrix[table.key]?[role] ?? ""
                    #expect(granted == expected, "\(role.rawValue) on \(table.name)")
                }
            }
        }
    }

    // R99: functions, schemas, sequences and whatever else there is beside tables.
    @Test func `nobody calls, makes or counts what the matrix does not name`() async throws {
        try await withCoreDatabase { core in
            try await PlainSession.open(core.superuser) { session in
                let functions = try session.run(
                    """
                    select p.oid::text as oid, n.nspname || '.' || p.proname || '('
                        || pg_get_function_identity_arguments(p.oid) || ')' as name
                    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
                    where n.nspname in ('core', 'sdk', 'portal') order by 1
                    """)
                #expect(Set(try functions.map { try $0.text("name") }) == Set(Self.functions.keys))
                for role in CoreDatabase.Role.allCases {
                    let name = CoreDatabase.roleName(role)
                    for function in functions {
                        let may = try session.run(
                            "select has_function_privilege('\(name)', \(try function.text("oid")), 'execute') as may")
                        let called = try function.text("name")
                        let expected = Self.functions[called]?.contains(role)
                        #expect(try may.first?.boolean("may") == expected, "\(role) \(called)")
                    }
                    for (schema, users) in Self.schemas {
                        let may = try session.run(
                            """
                            select has_schema_privilege('\(name)', '\(schema)', 'usage') as use,
                                has_schema_privilege('\(name)', '\(schema)', 'create') as make
                            """)
                        #expect(try may.first?.boolean("use") == users.contains(role), "\(role) \(schema)")
                        #expect(try may.first?.boolean("make") == false, "\(role) \(schema)")
                    }
                    let others = try session.run(
                        """
                        select has_sequence_privilege('\(name)', 'core.audit_event_id_seq', 'usage, select, update') as seq,
                            has_sequence_privilege('\(name)', 'core.audit_event_id_seq', 'usage, update') as count,
                            has_database_privilege('\(name)', current_database(), 'create, temporary') as base,
                            has_database_privilege('\(name)', current_database(), 'connect') as connect
                        """)
                    // A dump says where counting goes on.
                    #expect(try others.first?.boolean("seq") == (role == .backup), "\(role)")
                    #expect(try others.first?.boolean("count") == false, "\(role)")
                    #expect(try others.first?.boolean("base") == false, "\(role)")
                    #expect(try others.first?.boolean("connect") == true, "\(role)")
                }
                // Neither views nor foreign tables nor rights on single columns, which the matrix would not see.
                let unseen = try session.run(
                    """
                    select (select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
                            where n.nspname in ('core', 'sdk', 'portal') and c.relkind in ('v', 'm', 'f'))
                        + (select count(*) from pg_attribute a join pg_class c on c.oid = a.attrelid
                            join pg_namespace n on n.oid = c.relnamespace
                            where n.nspname in ('core', 'sdk', 'portal') and a.attacl is not null)
                        + (select count(*) from pg_largeobject_metadata) as count
                    """)
                #expect(try unseen.first?.integer("count") == 0)
            }
        }
    }

    @Test(arguments: CoreDatabase.Role.allCases)
    func `a role makes, changes and drops nothing, and becomes nobody`(role: CoreDatabase.Role) async throws {
        try await withCoreDatabase { core in
            try await PlainSession.open(core.configuration(role)) { session in
                var refused = [
                    "create table core.own (a integer)", "create table public.own (a integer)",
                    "create temporary table own (a integer)", "create schema own",
                    "create function core.own() returns integer language sql as 'select 1'",
                    "alter table core.\"user\" add column own integer", "drop table core.factor",
                    "alter table core.audit_event disable trigger all",
                    "drop trigger audit_refuse on core.audit_event",
                    "create role own", "alter role current_user superuser",
                    "set role postgres", "set session authorization postgres",
                    "copy (select 1) to program 'true'", "select pg_read_file('/etc/passwd')",
                    "select pg_ls_dir('/')", "select pg_read_binary_file('PG_VERSION')", "select pg_stat_file('base')",
                    "copy core.schema_migration from program 'true'", "copy (select 1) to '/tmp/countersign-own'",
                    "select lo_import('/etc/passwd')", "select pg_reload_conf()", "select pg_switch_wal()",
                    "select rolpassword from pg_authid", "select passwd from pg_shadow",
                    "set session_replication_role = replica", "lock table core.schema_migration",
                    "create publication own for all tables", "create extension dblink schema core",
                    "create event trigger own on ddl_command_start execute function core.audit_refuse()",
                    "create trigger own before insert on core.factor execute function core.audit_refuse()",
                    "comment on table core.factor is 'own'", "create policy own on core.factor",
                    "alter role postgres password 'own'", "alter table core.factor owner to current_user",
                    "grant \(CoreDatabase.ownerName) to current_user",
                    "select core.grant_to('sdk', 'usage on schema core')",
                ]
                // Only mfa_migrate may become the owner; that is what it is for.
                if role != .migrate { refused.append("set role \(CoreDatabase.ownerName)") }
                for other in CoreDatabase.Role.allCases where other != role {
                    refused.append("set role \(CoreDatabase.roleName(other))")
                }
                for sql in refused {
                    let isAllowed = try Self.isAllowed(sql, session)
                    #expect(!isAllowed, "\(role.rawValue): \(sql)")
                }
            }
        }
    }

    @Test func `a role cannot hand its rights on`() async throws {
        try await withCoreDatabase { core in
            try await PlainSession.open(core.configuration(.core)) { session in
                // Without grant options this is a warning; what counts is that nobody gained anything.
                _ = try session.run("grant select on core.factor to \(CoreDatabase.roleName(.portal))")
            }
            try await PlainSession.open(core.configuration(.portal)) { session in
                let isAllowed = try Self.isAllowed("select 1 from core.factor limit 0", session)
                #expect(!isAllowed)
            }
        }
    }

    @Test(arguments: [
        (CoreDatabase.Role.core, true), (.sdk, true), (.portal, true), (.migrate, false),
        (.signer, false), (.auditor, false), (.backup, false), (.monitor, false),
    ])
    func `services append to the audit through its function alone`(role: CoreDatabase.Role, may: Bool) async throws {
        try await withCoreDatabase { core in
            try await PlainSession.open(core.configuration(role)) { session in
                let isAllowed = try Self.isAllowed("select core.audit_append('[]')", session)
                #expect(isAllowed == may)
            }
        }
    }

    // R87: not even who owns the table, nor a superuser by an ordinary statement.
    @Test(arguments: [
        "update core.audit_event set outcome = 'x'", "delete from core.audit_event", "truncate core.audit_event",
        "delete from core.audit_link", "truncate core.audit_checkpoint", "update core.audit_link set hash = ''",
        "truncate core.audit_event_default", "delete from core.audit_event_default", "truncate core.audit_event_MONTH",
        "delete from core.audit_cut", "update core.audit_cut set seq = 1", "delete from core.audit_event_MONTH",
        "update core.audit_event_MONTH set outcome = 'x'",
    ])
    func `audit rows are never changed, whoever asks`(sql: String) async throws {
        try await withCoreDatabase { core in
            for asOwner in [true, false] {
                let login = asOwner ? core.configuration(.migrate) : core.superuser
                try await PlainSession.open(login) { session in
                    if asOwner { try session.run("set role \(CoreDatabase.ownerName)") }
                    try session.run(
                        """
                        select core.audit_append('[{"event": "e", "outcome": "o", "front_end": "f", "actor": "a"}]')
                        """)
                    let month = try session.run("select to_char(now(), 'YYYYMM') as month").first?.text("month") ?? ""
                    let isAllowed = try Self.isAllowed(sql.replacing("MONTH", with: month), session)
                    #expect(!isAllowed, "\(asOwner ? "owner" : "superuser"): \(sql)")
                    let rows = try session.run("select count(*) as count from core.audit_event")
                    #expect(try rows.first?.integer("count") ?? 0 > 0)
                }
            }
        }
    }

    /// Tries a statement and takes it back; refused is what SQLSTATE 42501 says, other faults are errors of the test.
    private static func isAllowed(_ sql: String, _ session: PlainSession) throws -> Bool {
        do {
            try session.run("begin")
            try session.run(sql)
            try session.run("rollback")
            return true
        } catch {
            try session.run("rollback")
            guard error.sqlState == "42501" else { throw error }
            return false
        }
    }
}

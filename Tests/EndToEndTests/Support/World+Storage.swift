// SPDX-License-Identifier: Apache-2.0
import Postgres
import TestKit

extension World {
    /// Every row that is stored of a person, as text; without the audit, and without when something was last used.
    func storage(of person: Person) async throws -> [String] {
        let tables = ["factor", "activation", "sign_in", "ticket"].map { ("core.\($0)", "user_id") }
        let queries = ([("core.\"user\"", "id")] + tables).map { table, column in
            "select '\(table) ' || (to_jsonb(t) - 'last_used_at')::text as row from \(table) t where \(column) = '\(person.id)'"
        }
        return try await sql(queries.joined(separator: " union all ") + " order by 1").map { try $0.text("row") }
    }

    /// The tables in which one of `texts` stands, in any letter case and any column; bytes are read as hexadecimal.
    func tables(holding texts: [String]) async throws -> [String] {
        let names = try await sql(
            """
            select format('%I.%I', table_schema, table_name) as name from information_schema.tables
             where table_schema in ('core', 'sdk', 'portal') and table_type = 'BASE TABLE' order by 1
            """
        ).map { try $0.text("name") }
        let sought = texts.map { "position(lower('\($0.replacing("'", with: "''"))') in lower(t::text)) > 0" }
        let queries = names.map { name in
            "select '\(name)' as name where exists (select from \(name) t where \(sought.joined(separator: " or ")))"
        }
        return try await sql(queries.joined(separator: " union all ")).map { try $0.text("name") }
    }
}

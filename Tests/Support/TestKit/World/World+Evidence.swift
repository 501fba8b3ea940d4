// SPDX-License-Identifier: Apache-2.0

internal import Postgres

extension World {
    /// Everything that the database keeps of these people.
    ///
    /// - Parameter copies: what ``auditRows(of:)`` found before.
    package func evidence(of people: some Collection<String>, copies: [Evidence.AuditRow] = []) async throws -> Evidence
    {
        var evidence = Evidence()
        evidence.copies = copies
        evidence.audit = try await auditRows(of: people)
        evidence.factors = try await sql(
            """
            select id::text, user_id::text as "user", kind, failures, last_step, public_key from core.factor
             where user_id = any('\(Self.list(people))')
            """
        ).map { row in
            Evidence.Factor(
                id: try row.text("id"), user: try row.text("user"), kind: try row.text("kind"),
                failures: Int(try row.integer("failures")),
                lastStep: try row.optionalInteger("last_step").map { Int($0) },
                publicKey: try row.optionalBytes("public_key"))
        }
        evidence.signIns = try await sql(
            """
            select id::text, coalesce(user_id::text, '') as "user", state, factor_id::text as factor, factor_kind,
                number, message, signature, signing_key,
                extract(epoch from clock_timestamp() - expires_at)::bigint as late
            from core.sign_in where user_id = any('\(Self.list(people))')
            """
        ).map { row in
            var signIn = Evidence.SignIn(
                id: try row.text("id"), user: try row.text("user"), state: try row.text("state"))
            signIn.factor = try row.optionalText("factor")
            signIn.factorKind = try row.optionalText("factor_kind")
            signIn.number = try row.optionalText("number")
            signIn.message = try row.optionalBytes("message")
            signIn.signature = try row.optionalBytes("signature")
            signIn.signingKey = try row.optionalBytes("signing_key")
            signIn.secondsLate = Int(try row.integer("late"))
            return signIn
        }
        return evidence
    }

    /// The audit of these people, in order of its ids.
    package func auditRows(of people: some Collection<String>) async throws -> [Evidence.AuditRow] {
        try await sql(
            """
            select id, event, user_id::text as "user", factor_id::text as factor, sign_in_id::text as sign_in,
                detail ->> 'device' as device,
                case event when 'user.updated' then (detail ->> 'enabled')::boolean end as enabled,
                (extract(epoch from at) * 1000000)::bigint as at, e::text as whole
            from core.audit_event e where user_id = any('\(Self.list(people))') order by id
            """
        ).map { row in
            Evidence.AuditRow(
                Int(try row.integer("id")), try row.text("event"), user: try row.text("user"),
                factor: try row.optionalText("factor"), signIn: try row.optionalText("sign_in"),
                device: try row.optionalText("device"), enabled: try row.optionalBoolean("enabled"),
                at: Int(try row.integer("at")), text: try row.text("whole"))
        }
    }

    private static func list(_ ids: some Collection<String>) -> String { "{\(ids.joined(separator: ","))}" }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFADomain
import Postgres
import Primitives

/// Reads and writes the columns of a user.
enum UserRow {
    /// A phone as the JSON column holds it.
    private struct StoredPhone: Codable {
        let kind: String
        let number: String
    }

    static func user(_ row: Row) throws(PostgresError) -> User {
        User(
            id: try row.id("user_id"), username: try row.text("username"),
            canonicalName: try row.text("canonical_name"), displayName: try row.optionalText("display_name"),
            email: try row.optionalText("email"), phones: try phones(try row.text("phones")),
            language: try row.optionalText("language"),
            preferredFactor: try row.optionalText("preferred_factor").flatMap(RequestedFactor.init(rawValue:)),
            groups: try row.texts("groups"), isEnabled: try row.boolean("enabled"), block: try block(row),
            bypass: try bypass(row),
            promptsBlockedAt: try row.optionalInstant("prompts_blocked_at"),
            prompts: PromptBudget(
                startedAt: try row.instants("prompts_started_at"),
                unanswered: Int(try row.integer("prompts_unanswered")),
                suspendedAt: try row.optionalInstant("prompts_suspended_at"),
                suspendAfter: try row.optionalInteger("prompts_suspend_after").map { Int($0) }),
            remembered: RememberedRow.approvals(try row.text("remembered")), password: try password(row),
            createdAt: try row.instant("user_created_at"))
    }

    private static func block(_ row: Row) throws(PostgresError) -> User.Block? {
        guard let at = try row.optionalInstant("blocked_at") else { return nil }
        return User.Block(
            at: at, until: try row.optionalInstant("blocked_until"),
            reason: try row.optionalText("blocked_reason") ?? "")
    }

    private static func bypass(_ row: Row) throws(PostgresError) -> Bypass? {
        guard let at = try row.optionalInstant("bypass_at"), let until = try row.optionalInstant("bypass_until")
        else { return nil }
        return Bypass(
            issuedAt: at, expiresAt: until, issuedBy: try row.optionalText("bypass_by") ?? "",
            reason: try row.optionalText("bypass_reason") ?? "")
    }

    private static func password(_ row: Row) throws(PostgresError) -> PasswordState {
        var verifier: PasswordVerifier?
        if let salt = try row.optionalBytes("password_salt"), let hash = try row.optionalBytes("password_verifier"),
            let cost = try row.optionalInteger("password_cost")
        {
            verifier = PasswordVerifier(salt: salt, hash: hash, cost: Int(cost))
        }
        return PasswordState(
            verifier: verifier,
            budget: FailureBudget(
                failures: Int(try row.integer("password_failures")),
                delayedUntil: try row.optionalInstant("password_delayed_until")))
    }

    private static func phones(_ json: String) throws(PostgresError) -> [User.Phone] {
        // Most people have none, and a decoder is much for that.
        if json == "[]" { return [] }
        do {
            return try JSONDecoder().decode([StoredPhone].self, from: Data(json.utf8))
                .map { User.Phone(kind: $0.kind, number: $0.number) }
        } catch {
            throw PostgresError(.decoding, "column phones is not a list of phones")
        }
    }

    private static func json(_ phones: [User.Phone]) -> String {
        let stored = phones.map { StoredPhone(kind: $0.kind, number: $0.number) }
        return (try? JSONEncoder().encode(stored)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
    }

    static func insertValues(_ user: User) -> [PostgresValue] {
        [
            .id(user.id), .text(user.username), .text(user.canonicalName), .text(user.displayName), .text(user.email),
            .json(json(user.phones)), .text(user.language), .text(user.preferredFactor?.rawValue),
            .boolean(user.isEnabled), .instant(user.createdAt), .texts(user.groups),
        ]
    }

    static func updateValues(_ user: User) -> [PostgresValue] {
        [
            .id(user.id), .text(user.username), .text(user.canonicalName), .text(user.displayName), .text(user.email),
            .json(json(user.phones)), .text(user.language), .text(user.preferredFactor?.rawValue),
            .boolean(user.isEnabled), .instant(user.block?.at), .instant(user.block?.until),
            .text(user.block?.reason), .instant(user.promptsBlockedAt), .bytes(user.password.verifier?.salt),
            .bytes(user.password.verifier?.hash), .integer(user.password.verifier?.cost),
            .integer(user.password.budget.failures), .instant(user.password.budget.delayedUntil),
            .instants(user.prompts.startedAt), .integer(user.prompts.unanswered), .instant(user.prompts.suspendedAt),
            .texts(user.groups), .instant(user.bypass?.issuedAt), .instant(user.bypass?.expiresAt),
            .text(user.bypass?.issuedBy), .text(user.bypass?.reason),
            .json(RememberedRow.json(user.remembered)), .instant(RememberedRow.end(of: user.remembered)),
            .integer(user.prompts.suspendAfter),
        ]
    }
}

// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Postgres
import Primitives

/// Reads and writes the columns of a sign-in.
enum SignInRow {
    static func signIn(_ row: Row) throws(PostgresError) -> SignIn {
        let id: SignInID = try row.id("id")
        guard let requested = RequestedFactor(rawValue: try row.text("requested")),
            let state = SignInState(rawValue: try row.text("state"))
        else { throw PostgresError(.decoding, "sign-in \(id) has an unknown state or request") }
        return SignIn(
            id: id, userID: try row.optionalID("user_id"), account: try row.text("account"),
            application: try row.text("application"), clientAddress: try row.text("client_address"),
            requested: requested, isPortal: try row.boolean("is_portal"), state: state,
            reason: try row.optionalText("reason").flatMap(DenialReason.init(rawValue:)),
            retryAfterSeconds: try row.optionalInteger("retry_after_seconds"),
            factorID: try row.optionalID("factor_id"),
            factorKind: try row.optionalText("factor_kind").flatMap(FactorKind.init(rawValue:)),
            answers: Int(try row.integer("answers")), createdAt: try row.instant("created_at"),
            expiresAt: try row.instant("expires_at"), decidedAt: try row.optionalInstant("decided_at"),
            ticketIssuedAt: try row.optionalInstant("ticket_issued_at"), prompt: try prompt(row),
            answer: try answer(row), idempotency: try mark(row),
            waiver: try row.optionalText("waiver").flatMap(PolicyDecision.Waiver.init(rawValue:)),
            explanation: try row.optionalText("explanation").flatMap(PolicyRow.explanation))
    }

    private static func prompt(_ row: Row) throws(PostgresError) -> Prompt? {
        guard let nonce = try row.optionalText("challenge_nonce") else { return nil }
        return Prompt(
            number: try row.optionalText("number"), numberDigits: Int(try row.integer("number_digits")), nonce: nonce,
            createdAtText: try row.text("signed_created_at"))
    }

    private static func answer(_ row: Row) throws(PostgresError) -> SignedAnswer? {
        guard let message = try row.optionalBytes("message") else { return nil }
        return SignedAnswer(
            message: message, signature: try row.bytes("signature"), publicKey: try row.bytes("signing_key"))
    }

    private static func mark(_ row: Row) throws(PostgresError) -> IdempotencyMark? {
        guard let keyHash = try row.optionalBytes("idempotency_key_hash"),
            let requestHash = try row.optionalBytes("request_hash")
        else { return nil }
        return IdempotencyMark(keyHash: keyHash, requestHash: requestHash)
    }

    static func updateValues(_ signIn: SignIn) -> [PostgresValue] {
        [
            .id(signIn.id), .text(signIn.requested.rawValue), .text(signIn.state.rawValue),
            .text(signIn.reason?.rawValue), .integer(signIn.retryAfterSeconds), .id(signIn.factorID),
            .text(signIn.factorKind?.rawValue), .integer(signIn.answers), .instant(signIn.expiresAt),
            .instant(signIn.decidedAt), .text(signIn.prompt?.number), .integer(signIn.prompt?.numberDigits),
            .text(signIn.prompt?.nonce), .text(signIn.prompt?.createdAtText), .bytes(signIn.answer?.message),
            .bytes(signIn.answer?.signature), .bytes(signIn.answer?.publicKey),
        ]
    }

    /// The 24 arrays of new sign-ins that ``SignInStatements/writeBatch`` takes, column by column.
    static func insertArrays(_ all: [SignIn]) -> [PostgresValue] {
        [
            .ids(all.map(\.id)), .ids(all.map(\.userID)), .texts(all.map(\.account)), .texts(all.map(\.application)),
            .texts(all.map(\.clientAddress)), .texts(all.map(\.requested.rawValue)), .booleans(all.map(\.isPortal)),
            .texts(all.map(\.state.rawValue)), .texts(all.map { $0.reason?.rawValue }),
            .integers(all.map(\.retryAfterSeconds)), .ids(all.map(\.factorID)),
            .texts(all.map { $0.factorKind?.rawValue }), .integers(all.map { Int64($0.answers) }),
            .instants(all.map(\.createdAt)), .instants(all.map(\.expiresAt)), .instants(all.map(\.decidedAt)),
            .texts(all.map { $0.prompt?.number }), .integers(all.map { ($0.prompt?.numberDigits).map { Int64($0) } }),
            .texts(all.map { $0.prompt?.nonce }), .texts(all.map { $0.prompt?.createdAtText }),
            .bytesArray(all.map { $0.idempotency?.keyHash }), .bytesArray(all.map { $0.idempotency?.requestHash }),
            .texts(all.map { $0.waiver?.rawValue }), .texts(all.map { $0.explanation.map(PolicyRow.text) }),
        ]
    }
}

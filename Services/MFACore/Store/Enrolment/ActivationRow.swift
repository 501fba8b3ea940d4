// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Postgres
import Primitives

/// Reads the columns of an activation.
enum ActivationRow {
    static func activation(_ row: Row) throws(PostgresError) -> Activation {
        guard let state = Activation.State(rawValue: try row.text("state")) else {
            throw PostgresError(.decoding, "an activation has an unknown state")
        }
        return Activation(
            id: try row.id("id"), userID: try row.id("user_id"), state: state, createdAt: try row.instant("created_at"),
            expiresAt: try row.instant("expires_at"), secretHash: try row.bytes("secret_hash"),
            codeHash: try row.bytes("code_hash"), wrongCodes: Int(try row.integer("wrong_codes")),
            wrongCodesOfPerson: Int(try row.integer("wrong_codes_of_person")))
    }

    /// The counters of the present minute; one without a row counts nothing yet.
    static func guesses(_ rows: [Row], bucket: Int) throws(PostgresError) -> ActivationGuesses {
        var (ofAddress, endsAt, ofAll, isAlarmed) = (0, Instant?.none, 0, false)
        for row in rows {
            let wrong = Int(try row.integer("wrong"))
            if try row.integer("bucket") == bucket {
                (ofAddress, endsAt) = (wrong, try row.instant("window_ends_at"))
            } else {
                (ofAll, isAlarmed) = (wrong, try row.boolean("alarmed"))
            }
        }
        return ActivationGuesses(
            bucket: bucket, ofAddress: ofAddress, addressEndsAt: endsAt, ofAll: ofAll, isAlarmed: isAlarmed)
    }

    /// The statement that notes an alarm and counts nothing.
    static let alarm: (Statement, [PostgresValue]) = (
        ActivationStatements.countForAll, [.boolean(true), .interval(ActivationLimits.window), .integer(0)]
    )

    /// The statements that count a try, in the order in which their rows are locked: the person's own, the address's,
    /// and last the one that everybody shares.
    static func counting(_ attempt: ActivationTry) -> [(Statement, [PostgresValue])] {
        let count: (Statement, [PostgresValue]) = (
            ActivationStatements.countTry,
            [
                .integer(attempt.bucket), .integer(attempt.isWrong ? 1 : 0), .integer(attempt.limit),
                .interval(ActivationLimits.window),
            ]
        )
        guard attempt.isWrong else { return [count] }
        let code: (Statement, [PostgresValue]) = (
            ActivationStatements.countWrongCode, [attempt.wrongCodeOf.map { .id($0) } ?? .null]
        )
        let all: (Statement, [PostgresValue]) = (
            ActivationStatements.countForAll,
            [.boolean(attempt.raisesAlarm), .interval(ActivationLimits.window), .integer(1)]
        )
        return attempt.countsForAll ? [code, count, all] : [code, count]
    }
}

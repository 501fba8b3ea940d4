// SPDX-License-Identifier: Apache-2.0
import Postgres
import Primitives

/// A table with a sealed column, as whoever goes through all of them sees it; ``all`` is complete, which a test compares with
/// the database's own list.
struct SealedTable: Sendable {
    /// Such as `core.factor`.
    let name: String
    /// Purpose and table of the values' places.
    private let purpose: String
    private let placeTable: String
    /// A place before all others; without an owner where the row alone is the key.
    private let start: (row: String, owner: String?)
    let page: Statement
    let write: Statement
    /// Whether people decide by these rows, so that their owners are locked while they change.
    let isOwnedByPeople: Bool

    static let factors = SealedTable(
        name: "core.factor", purpose: "one-time-password", placeTable: "core.factor",
        start: ("00000000-0000-0000-0000-000000000000", nil), page: SealedTableStatements.pageFactors,
        write: SealedTableStatements.writeFactors, isOwnedByPeople: true)

    static let answers = SealedTable(
        name: "core.idempotency", purpose: "kept-answer", placeTable: "core.idempotency", start: ("", ""),
        page: SealedTableStatements.pageAnswers, write: SealedTableStatements.writeAnswers, isOwnedByPeople: false)

    static let authority = SealedTable(
        name: "core.certificate_authority", purpose: "certificate-authority", placeTable: "certificate_authority",
        start: ("", nil), page: SealedTableStatements.pageAuthority, write: SealedTableStatements.writeAuthority,
        isOwnedByPeople: false)

    static let all = [factors, answers, authority]

    /// Parameters of ``page``, behind `last` or from the start.
    func pageValues(_ keyIDs: [Int64], limit: Int, after last: SealedRow?) -> [PostgresValue] {
        let values: [PostgresValue] = [.integers(keyIDs), .integer(limit), .text(last?.row ?? start.row)]
        return start.owner.map { values + [.text(last?.owner ?? $0)] } ?? values
    }

    /// Parameters of ``write``.
    func writeValues(_ rows: [SealedRow], _ sealed: [[UInt8]], keyID: Int64) -> [PostgresValue] {
        [
            .texts(rows.map(\.row)), .texts(rows.map(\.owner)), .integers(rows.map(\.version)),
            .integers(rows.map(\.keyID)), .bytesArray(sealed), .integer(keyID),
        ]
    }

    /// Where a value of this table belongs.
    ///
    /// - Parameter isNew: whether it is being sealed anew, which gives a person's secret another version.
    func place(of value: SealedRow, isNew: Bool = false) -> SealPlace {
        SealPlace(
            purpose: purpose, table: placeTable, row: value.row, owner: value.owner,
            secretVersion: value.version + (isNew && isOwnedByPeople ? 1 : 0))
    }

    /// How many values of each table are under each key, from the rows of ``SealedTableStatements/countUses``.
    static func uses(_ rows: [Row]) throws(PostgresError) -> [Int64: [String: Int64]] {
        var uses: [Int64: [String: Int64]] = [:]
        for row in rows {
            uses[try row.integer("key_id"), default: [:]][try row.text("name")] = try row.integer("number")
        }
        return uses
    }
}

/// A sealed value with the parts of its place.
struct SealedRow: Sendable {
    let row: String
    let owner: String
    let version: Int64
    let sealed: [UInt8]
    let keyID: Int64

    init(_ row: Row) throws(PostgresError) {
        self.row = try row.text("row")
        owner = try row.text("owner")
        version = try row.integer("version")
        sealed = try row.bytes("sealed")
        keyID = try row.integer("key_id")
    }
}

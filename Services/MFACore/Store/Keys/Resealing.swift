// SPDX-License-Identifier: Apache-2.0
import Postgres
import Primitives

/// Seals the values of one table anew, page by page; whatever it is interrupted in, each value is under the one key or under
/// the other and opens.
///
/// A value of a person is written under that person's lock, which nobody who signs in waits for: who is locked elsewhere is
/// passed over and taken later, and a page is in hand for two round trips only.
struct Resealing: Sendable {
    /// Locks are held together for so many people at most.
    static let pageMax = 64

    /// What became of the values of a page, or of several.
    struct Outcome: Sendable {
        var resealed = 0
        /// Changed or locked by others meanwhile.
        var passedOver = 0
        /// Rows whose value does not open: nothing is written over it.
        var unreadable: [String] = []

        static func += (left: inout Self, right: Self) {
            left.resealed += right.resealed
            left.passedOver += right.passedOver
            left.unreadable += right.unreadable
        }
    }

    let client: PostgresClient
    let table: SealedTable
    let keyring: Keyring
    /// The keys that values are brought away from.
    let retiring: [Int64]

    /// The values behind `last` that are under a retiring key.
    func page(after last: SealedRow?, limit: Int) async throws(PostgresError) -> [SealedRow] {
        let values = table.pageValues(retiring, limit: min(limit, Self.pageMax), after: last)
        return try Self.rows(try await client.query(table.page, values))
    }

    /// Brings a page under the current key.
    func reseal(_ page: [SealedRow]) async throws -> Outcome {
        do {
            return table.isOwnedByPeople ? try await resealLocked(page) : try await resealFree(page)
        } catch let error as PostgresError where error.isSerializationFailure || error.isLockTimeout {
            return Outcome(passedOver: page.count)
        }
    }

    private func resealFree(_ page: [SealedRow]) async throws -> Outcome {
        var (outcome, fresh) = sealed(page)
        guard !fresh.rows.isEmpty else { return outcome }
        let values = table.writeValues(fresh.rows, fresh.values, keyID: keyring.currentKeyID)
        try outcome.count(try await client.execute(table.write, values), of: fresh.rows.count)
        return outcome
    }

    private func resealLocked(_ page: [SealedRow]) async throws -> Outcome {
        let owners = Set(page.map(\.owner)).sorted()
        return try await client.withTransaction { transaction in
            let results = try await transaction.batch([
                (SealedTableStatements.lockOwners, [.uuids(owners)]),
                (SealedTableStatements.readFactors, [.uuids(page.map(\.row)), .integers(retiring)]),
            ])
            let locked = Set(try results[0].map { try $0.text("id") })
            let rows = try Self.rows(results[1])
            var (outcome, fresh) = sealed(rows.filter { locked.contains($0.owner) })
            outcome.passedOver += rows.count { !locked.contains($0.owner) }
            guard !fresh.rows.isEmpty else { return outcome }
            let values = table.writeValues(fresh.rows, fresh.values, keyID: keyring.currentKeyID)
            try outcome.count(try await transaction.finish(table.write, values), of: fresh.rows.count)
            return outcome
        }
    }

    /// The values of `rows` under the current key; what does not open under the key it names is left out.
    private func sealed(_ rows: [SealedRow]) -> (Outcome, fresh: (rows: [SealedRow], values: [[UInt8]])) {
        var outcome = Outcome()
        var fresh: (rows: [SealedRow], values: [[UInt8]]) = ([], [])
        for row in rows {
            guard let secret = try? keyring.open(row.sealed, keyID: row.keyID, at: table.place(of: row)),
                let value = try? keyring.seal(secret, at: table.place(of: row, isNew: true))
            else {
                outcome.unreadable.append(row.row)
                continue
            }
            fresh.rows.append(row)
            fresh.values.append(value.bytes)
        }
        return (outcome, fresh)
    }

    private static func rows(_ rows: [Row]) throws(PostgresError) -> [SealedRow] {
        var list: [SealedRow] = []
        for row in rows { list.append(try SealedRow(row)) }
        return list
    }
}

extension Resealing.Outcome {
    fileprivate mutating func count(_ rows: [Row], of all: Int) throws(PostgresError) {
        let written = Int(try rows.first?.integer("written") ?? 0)
        resealed += written
        passedOver += all - written
    }
}

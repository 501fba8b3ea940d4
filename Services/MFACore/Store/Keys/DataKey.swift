// SPDX-License-Identifier: Apache-2.0
import Postgres
package import Primitives

/// A data key as the database lists it; the key itself stays wrapped.
package struct DataKey: Sendable, Equatable {
    /// Where a key stands in its life.
    package enum State: String, Sendable {
        /// Every copy learns it; nothing is under it yet.
        case prepared
        /// Seals.
        case current
        /// Opens what is still under it.
        case retiring
    }

    package let id: Int64
    package let state: State
    package let createdAt: Instant
    /// Since when it seals, or sealed.
    package let currentAt: Instant?
    /// How many values are under it in each table, tables without any left out.
    package var uses: [String: Int64]

    /// Values under it in all tables.
    package var used: Int64 { uses.values.reduce(0, +) }

    /// Whether `key remove` would remove it.
    package var isRemovable: Bool { state == .retiring && used == 0 }

    /// - Parameter uses: by key and table, as ``SealedTable/uses(_:)`` counts them.
    init(_ row: Row, uses: [Int64: [String: Int64]] = [:]) throws(PostgresError) {
        id = try row.integer("id")
        guard let state = State(rawValue: try row.text("state")) else {
            throw PostgresError(.decoding, "data key \(id) has an unknown state")
        }
        self.state = state
        createdAt = try row.instant("created_at")
        currentAt = try row.optionalInstant("current_at")
        self.uses = uses[id] ?? [:]
    }
}

// SPDX-License-Identifier: Apache-2.0
package import Postgres

/// Sessions in the schema `portal`.
package struct PostgresSessionStore: Sendable {
    private let database: PostgresClient
    private let limits: SessionLimits

    package init(database: PostgresClient, limits: SessionLimits) {
        self.database = database
        self.limits = limits
    }

    /// Begins a session under a new id and ends the one it follows, both or neither (R75).
    package func begin(_ content: SessionContent, after old: SessionID?) async throws -> SessionID {
        let id = SessionID()
        let sealed = try SessionSeal.seal(content, under: id)
        _ = try await database.execute(
            SessionStatements.begin, [.bytes(id.hash), .text(content.stage), .bytes(sealed), .bytes(old?.hash)])
        return id
    }

    /// The content of a living session, whose idle time begins anew; nil when there is none.
    package func use(_ id: SessionID) async throws -> SessionContent? {
        let rows = try await database.execute(
            SessionStatements.use, [.bytes(id.hash), .interval(limits.idle), .interval(limits.absolute)])
        guard let row = rows.first else { return nil }
        return SessionSeal.open(try row.bytes("sealed"), stage: try row.text("stage"), under: id)
    }

    /// Keeps other content of the same stage.
    package func change(_ id: SessionID, to content: SessionContent) async throws {
        let sealed = try SessionSeal.seal(content, under: id)
        _ = try await database.execute(
            SessionStatements.change, [.bytes(id.hash), .text(content.stage), .bytes(sealed)])
    }

    /// Ends a session.
    package func end(_ id: SessionID) async throws {
        _ = try await database.execute(SessionStatements.end, [.bytes(id.hash)])
    }

    /// Removes what has outlived its limits and says how many there were.
    package func sweep() async throws -> Int64 {
        let rows = try await database.execute(
            SessionStatements.sweep, [.interval(limits.idle), .interval(limits.absolute)])
        return try rows.first?.integer("swept") ?? 0
    }

    /// Whether sessions can be written.
    package func isWritable() async throws -> Bool {
        try await database.execute(SessionStatements.ready).first?.boolean("writable") ?? false
    }
}

// SPDX-License-Identifier: Apache-2.0

import Foundation
import Postgres
import Testing
import TestKit

/// What the store's tests stand on: copies of one prepared database, and psql scripts with variables.
@Suite(.timeLimit(.minutes(2)))
struct TestDatabaseTests {
    private static let template = DatabaseTemplate { database in
        try await database.run("create table seed (id int); insert into seed values (1)")
    }

    private func count(_ database: TestDatabase) async throws -> Int64? {
        try await database.withClient { client in
            try await client.query(Statement("seed.count", "select count(*) as number from seed")).first?.integer(
                "number")
        }
    }

    @Test func `copies of a template do not see each other's changes`() async throws {
        try await withTestDatabase(from: Self.template) { one in
            try await one.run("insert into seed values (2)")
            try await withTestDatabase(from: Self.template) { other in
                #expect(one.name != other.name)
                let numbers = (try await count(one), try await count(other))
                #expect(numbers == (2, 1))
            }
        }
    }

    @Test func `runs a psql script with variables, and stops at its first error`() async throws {
        let path = NSTemporaryDirectory() + "script-\(UUID().uuidString).sql"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await withTestDatabase { database in
            try "create table :\"table\" (id int);\nselect nothing;\ncreate table after (id int);\n"
                .write(toFile: path, atomically: true, encoding: .utf8)
            let error = await #expect(throws: TestKitError.self) {
                try await database.cluster.runScript(path, variables: ["table": "seed"], database: database.name)
            }
            #expect(error?.description.contains("nothing") == true)
            let number = try await count(database)
            #expect(number == 0)
            await #expect(throws: PostgresError.self) { try await database.run("select * from after") }
        }
    }
}

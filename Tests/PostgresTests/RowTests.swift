// SPDX-License-Identifier: Apache-2.0

import Postgres
import Primitives
import Testing
import TestKit

@Suite(.timeLimit(.minutes(2)))
struct RowTests {
    private static let statement = Statement(
        "row.kinds",
        """
        select 'word'::text as word, null::text as nothing, 'infinity'::timestamptz as endless,
               array['a', null] as holed, array[[1, 2], [3, 4]] as square, 1.5 as fraction
        """)

    @Test func `finds columns in any order, and as often as wanted`() async throws {
        try await withTestDatabase { database in
            try await database.withClient { client in
                let row = try #require(try await client.query(Self.statement).first)
                for _ in 0..<2 {
                    #expect(try row.text("fraction") == "1.5")
                    #expect(try row.text("word") == "word")
                    #expect(try row.text("word") == "word")
                    #expect(try row.optionalText("nothing") == nil)
                    #expect(throws: PostgresError.self) { _ = try row.text("absent") }
                    #expect(try row.text("holed") == "{a,NULL}")
                }
            }
        }
    }

    @Test func `reports a wrong column, type or NULL as a decoding error`() async throws {
        try await withTestDatabase { database in
            try await database.withClient { client in
                let row = try #require(try await client.query(Self.statement).first)
                let faults: [() throws -> Void] = [
                    { _ = try row.text("absent") },
                    { _ = try row.text("Word") },
                    { _ = try row.text("nothing") },
                    { _ = try row.integer("word") },
                    { _ = try row.integer("fraction") },
                    { _ = try row.boolean("word") },
                    { _ = try row.bytes("word") },
                    { _ = try row.instant("endless") },
                    { _ = try row.instant("word") },
                    { _ = try row.id("word", as: UserID.self) },
                    { _ = try row.texts("word") },
                    { _ = try row.texts("holed") },
                    { _ = try row.texts("square") },
                    { _ = try row.integers("square") },
                ]
                for (index, fault) in faults.enumerated() {
                    let error = #expect(throws: PostgresError.self, "fault \(index)") { try fault() }
                    #expect(error?.code == .decoding, "fault \(index)")
                    #expect(error?.reason.contains("word,") == false, "the value itself must not be told")
                }
                #expect(try row.optionalText("nothing") == nil)
                #expect(try row.optionalInteger("nothing") == nil)
                #expect(try row.optionalInstant("nothing") == nil)
                #expect(try row.optionalTexts("holed") == ["a", nil])
            }
        }
    }
}

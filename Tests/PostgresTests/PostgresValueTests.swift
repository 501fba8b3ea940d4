// SPDX-License-Identifier: Apache-2.0

import Postgres
import Primitives
import Testing
import TestKit

/// Every kind of value goes to a real server and comes back the same.
@Suite(.timeLimit(.minutes(2)))
struct PostgresValueTests {
    /// Everything that could be mistaken for syntax of an array, an escape or NULL.
    private static let awkward = [
        "", " ", "plain", "NULL", "null", "{}", "{a,b}", "a,b", "\"", "\\", "\\\"", "'; drop table x; --",
        "ünïcode ✓ 🔐",
        "line\nbreak\ttab", "$1",
    ]

    private func echo(_ type: String, _ value: PostgresValue, on client: PostgresClient) async throws -> Row {
        try #require(try await client.query(Statement("echo.\(type)", "select $1::\(type) as v"), [value]).first)
    }

    @Test func `brings single values back unchanged`() async throws {
        try await withTestDatabase { database in
            try await database.withClient { client in
                for text in Self.awkward {
                    #expect(try await echo("text", .text(text), on: client).text("v") == text)
                }
                for number in [0, -1, 42, Int64.min, Int64.max] {
                    #expect(try await echo("bigint", .integer(number), on: client).integer("v") == number)
                }
                for flag in [true, false] {
                    #expect(try await echo("boolean", .boolean(flag), on: client).boolean("v") == flag)
                }
                for bytes in [[], [0], Array(UInt8.min...UInt8.max)] as [[UInt8]] {
                    #expect(try await echo("bytea", .bytes(bytes), on: client).bytes("v") == bytes)
                }
                let id = SystemRandomSource().identifier(IdentifierSubject.User.self)
                #expect(try await echo("uuid", .id(id), on: client).id("v") == id)
                #expect(try await echo("jsonb", .json(#"{"a": "b"}"#), on: client).text("v") == #"{"a": "b"}"#)
                let interval = try await echo("interval", .interval(.milliseconds(90_500)), on: client)
                #expect(try interval.text("v") == "00:01:30.5")
            }
        }
    }

    @Test(arguments: [0, 1, -1, 999_999, 1_767_225_845_678_901, 1_767_225_845_000_001, -86_400_000_001] as [Int64])
    func `keeps instants to the microsecond`(microseconds: Int64) async throws {
        let instant = Instant(microseconds: microseconds)
        try await withTestDatabase { database in
            try await database.withClient { client in
                #expect(try await echo("timestamptz", .instant(instant), on: client).instant("v") == instant)
                let list = try await echo("timestamptz[]", .instants([instant]), on: client)
                #expect(try list.instants("v") == [instant])
            }
        }
    }

    @Test func `brings arrays back unchanged`() async throws {
        try await withTestDatabase { database in
            try await database.withClient { client in
                let texts = try await echo("text[]", .texts(Self.awkward), on: client)
                #expect(try texts.texts("v") == Self.awkward)
                let holes: [String?] = [nil, "NULL", nil, ""]
                #expect(try await echo("text[]", .texts(holes), on: client).optionalTexts("v") == holes)
                #expect(try await echo("text[]", .texts([]), on: client).texts("v") == [])
                let numbers: [Int64] = [.min, 0, .max]
                #expect(try await echo("bigint[]", .integers(numbers), on: client).integers("v") == numbers)
                let flags = [true, false]
                #expect(try await echo("boolean[]", .booleans(flags), on: client).booleans("v") == flags)
                let blobs: [[UInt8]] = [[], [0x5c, 0x22, 0x00, 0xff]]
                #expect(try await echo("bytea[]", .bytesArray(blobs), on: client).bytesArray("v") == blobs)
                let ids = (0..<3).map { _ in SystemRandomSource().identifier(IdentifierSubject.Factor.self) }
                #expect(try await echo("uuid[]", .ids(ids), on: client).ids("v") == ids)
            }
        }
    }

    @Test func `writes absent values as NULL`() async throws {
        let absent: [(String, PostgresValue)] = [
            ("text", .text(nil)), ("bigint", .integer(Int64?.none)), ("boolean", .boolean(nil)), ("bytea", .bytes(nil)),
            ("timestamptz", .instant(nil)), ("uuid", .id(UserID?.none)), ("jsonb", .json(nil)), ("text", .null),
        ]
        try await withTestDatabase { database in
            try await database.withClient { client async throws in
                for (type, value) in absent { #expect(try await echo(type, value, on: client).isNull("v")) }
            }
        }
    }

    /// A C string would end at the NUL, and `admin\0x` would become `admin`.
    @Test func `refuses a NUL instead of cutting the text there`() async throws {
        try await withTestDatabase { database in
            try await database.withClient { client in
                let error = await #expect(throws: PostgresError.self) {
                    try await echo("text", .text("admin\u{0}x"), on: client)
                }
                #expect(error?.sqlState == "22021")
                #expect(error?.isDataFault == true)
            }
        }
    }
}

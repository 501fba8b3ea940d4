// SPDX-License-Identifier: Apache-2.0
import Logging
import MFACoreServer
import MFACoreStore
import Postgres
import TestKit
import Testing

/// R86: a running copy chains what was written; the chain itself is shown by the tests of its store.
@Suite(.timeLimit(.minutes(1)))
struct AuditChainingTests {
    private static let links = Statement("test.links", "select count(*) as links from core.audit_link")

    private static func append(_ event: String, to core: CoreDatabase) async throws {
        try await core.database.run(
            """
            select core.audit_append('[{"event": "\(event)", "outcome": "done", "front_end": "cli", "actor": "a"}]')
            """)
    }

    @Test func `rows are chained as they come, and it ends when the copy stops`() async throws {
        try await withCoreDatabase(isActivated: false) { core async throws in
            try await core.withClient { client async throws in
                try await Self.append("first", to: core)
                let chaining = AuditChaining(chain: PostgresAuditChain(client: client), logger: .silent)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await chaining.run() }
                    for (links, next) in [(1, "second"), (2, "third")] as [(Int64, String)] {
                        try await eventually("there are \(links) links") {
                            try await client.query(Self.links).first?.integer("links") == links
                        }
                        try await Self.append(next, to: core)
                    }
                    group.cancelAll()
                    try await group.waitForAll()
                }
            }
        }
    }
}

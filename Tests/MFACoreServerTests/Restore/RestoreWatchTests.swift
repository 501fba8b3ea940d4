// SPDX-License-Identifier: Apache-2.0
import Foundation
import Logging
import MFACoreServer
import MFACoreStore
import MFADomain
import Postgres
import ServiceLifecycle
import TestKit
import Testing

/// R91: a copy does not serve with a restored database before somebody says so.
@Suite(.timeLimit(.minutes(3)))
struct RestoreWatchTests {
    /// A copy of mfa-core as far as it looks for restores.
    private struct Site {
        let core: CoreDatabase
        let client: PostgresClient
        let folder: String

        func file(_ copy: String = "a") -> LastSeenFile { LastSeenFile(path: "\(folder)/\(copy).json") }

        func watch(_ copy: String = "a", isRestored: Bool = false, keeps: Bool = true) -> RestoreWatch {
            RestoreWatch(
                fence: RestoreFence(client: client, windows: OneTimePasswordWindows(), instance: copy),
                file: keeps ? file(copy) : nil, isRestored: isRestored, logger: .silent)
        }

        /// Takes the rows back to an earlier moment, as a recovery does.
        func goBack() async throws {
            try await core.database.run("update core.restore_fence set mark = mark - 2")
        }

        func fences() async throws -> Int64 {
            try await PlainSession.open(core.superuser) { session in
                try session.run("select count(*) as n from core.audit_event where event = 'database.restored'")
            }.first?.integer("n") ?? -1
        }
    }

    private func withSite(_ body: (Site) async throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "countersign-restore-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await withCoreDatabase { core async throws in
            try await core.withClient { client async throws in
                try await body(Site(core: core, client: client, folder: folder))
            }
        }
    }

    @Test func `a database that goes on is served with, at every start`() async throws {
        try await withSite { site in
            for start in 1...3 {
                let watch = site.watch()
                try await watch.admit()
                for _ in 0..<2 { try await watch.look() }
                let seen = try #require(try site.file().load())
                #expect(seen.mark == Int64(2 * start) && seen.epoch == 1)
            }
            #expect(try await site.fences() == 0)
        }
    }

    @Test func `one that was taken back is refused until somebody says so, and fenced once`() async throws {
        try await withSite { site in
            let (first, other) = (site.watch(), site.watch("b"))
            for watch in [first, other] {
                try await watch.admit()
                for _ in 0..<2 { try await watch.look() }
            }
            try await site.goBack()
            // Whoever runs still notices, and so does whoever starts.
            let running = await #expect(throws: RestoreError.self) { try await other.look() }
            #expect(running?.reason == RestoreSign.olderMark.sentence)
            for _ in 0..<2 {
                let refused = await #expect(throws: RestoreError.self) { try await site.watch("b").admit() }
                #expect(refused?.reason == RestoreSign.olderMark.sentence)
            }
            #expect(try await site.fences() == 0)
            // A copy that starts twice with the flag, such as after a lost commit, raises one fence.
            for _ in 0..<2 { try await site.watch(isRestored: true).admit() }
            #expect(try await site.fences() == 1)
            #expect(try site.file().load()?.epoch == 2)
            // The others need no flag.
            try await other.look()
            try await site.watch("b").admit()
            #expect(try site.file("b").load()?.epoch == 2)
        }
    }

    @Test func `a restore that nothing tells of is fenced because somebody says so`() async throws {
        try await withSite { site in
            try await site.watch(keeps: false).admit()
            try await site.watch(isRestored: true, keeps: false).admit()
            #expect(try await site.fences() == 1)
        }
    }

    @Test func `a file that cannot be read lets nobody in, unless somebody says what happened`() async throws {
        try await withSite { site in
            try Data("hello".utf8).write(to: URL(fileURLWithPath: site.file().path))
            await #expect(throws: RestoreError.self) { try await site.watch().admit() }
            try await site.watch(isRestored: true).admit()
            #expect(try site.file().load()?.epoch == 1)
            try await site.watch().admit()
        }
    }

    @Test func `a copy that runs marks by itself, and ends when the database was taken back`() async throws {
        try await withSite { site in
            let watch = site.watch()
            try await watch.admit()
            let group = ServiceGroup(services: watch.services, logger: .silent)
            let running = Task { try await group.run() }
            try await eventually("it marks") { try site.file().load()?.mark ?? 0 >= 1 }
            try await site.core.database.run("update core.restore_fence set mark = -5")
            await #expect(throws: RestoreError.self) { try await running.value }
            #expect(site.watch(keeps: false).services.isEmpty)
        }
    }
}

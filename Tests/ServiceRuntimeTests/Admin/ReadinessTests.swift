// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import ServiceRuntime
import Synchronization
import Testing

/// R98: livez independent of everything, readyz true only if all that is needed is there.
struct ReadinessTests {
    private final class World: Sendable {
        let verdict = Mutex(ReadinessVerdict.ready)
        let offset = Mutex(Duration.zero)
        let start = ContinuousClock.now
    }

    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func readiness(_ world: World) -> Readiness {
        Readiness(
            checks: [
                ReadinessCheck("database") { world.verdict.withLock { $0 } },
                ReadinessCheck("clock") { .ready },
            ],
            logger: logger, now: { world.start + world.offset.withLock { $0 } })
    }

    @Test func `is not ready before the first look`() {
        let report = readiness(World()).report
        #expect(!report.isReady && report.codes == ["starting", "starting"])
    }

    @Test func `follows what its checks find`() async {
        let world = World()
        let readiness = readiness(world)
        await readiness.look()
        #expect(readiness.report.isReady)
        world.verdict.withLock { $0 = .notReady(code: "database_unavailable", detail: "refused") }
        #expect(readiness.report.isReady)
        await readiness.look()
        #expect(!readiness.report.isReady && readiness.report.codes == ["database_unavailable"])
        world.verdict.withLock { $0 = .ready }
        await readiness.look()
        #expect(readiness.report.isReady)
    }

    @Test func `draining is at once and for good`() async {
        let readiness = readiness(World())
        await readiness.look()
        readiness.drain()
        #expect(!readiness.report.isReady && readiness.report.codes == ["draining"])
        await readiness.look()
        #expect(!readiness.report.isReady)
    }

    @Test func `a check that hangs is not ready after two seconds, and its late answer counts for nothing`() async {
        let world = World()
        let (started, announce) = AsyncStream.makeStream(of: Void.self)
        let (answers, answer) = AsyncStream.makeStream(of: Void.self)
        let readiness = Readiness(
            checks: [
                ReadinessCheck("database") {
                    announce.yield()
                    for await _ in answers { break }
                    return .ready
                }
            ],
            logger: logger, now: { world.start + world.offset.withLock { $0 } })
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await readiness.look() }
            for await _ in started { break }
            #expect(readiness.report.codes == ["starting"])
            world.offset.withLock { $0 = .milliseconds(2_001) }
            #expect(readiness.report.codes == ["check_timeout"])
            answer.yield()
            await group.waitForAll()
            #expect(readiness.report.codes == ["check_timeout"])
        }
    }

    @Test func `the admin listener tells, and has nothing else`() async throws {
        let world = World()
        let readiness = readiness(world)
        let metrics = MetricsRegistry()
        metrics.makeCounter(label: "a", dimensions: []).increment(by: 1)
        let router = AdminListener.router(readiness: readiness, metrics: metrics)
        try await Application(router: router, logger: logger).test(.router) { client in
            world.verdict.withLock { $0 = .notReady(code: "database_unavailable", detail: "a \"b\"") }
            await readiness.look()
            try await client.execute(uri: "/readyz", method: .get) { response in
                #expect(response.status == .serviceUnavailable)
                #expect(
                    String(buffer: response.body) == """
                        {"checks":[{"code":"database_unavailable","detail":"a \\"b\\"","name":"database","ready":false},\
                        {"name":"clock","ready":true}],"draining":false,"ready":false}

                        """)
            }
            try await client.execute(uri: "/livez", method: .get) { #expect($0.status == .ok) }
            world.verdict.withLock { $0 = .ready }
            await readiness.look()
            try await client.execute(uri: "/readyz", method: .get) { #expect($0.status == .ok) }
            try await client.execute(uri: "/metrics", method: .get) { response in
                #expect(response.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
                #expect(String(buffer: response.body).contains("a_total 1\n"))
            }
            for path in ["/", "/debug", "/readyz/x", "/metrics/x"] {
                try await client.execute(uri: path, method: .get) { #expect($0.status == .notFound) }
            }
        }
    }
}

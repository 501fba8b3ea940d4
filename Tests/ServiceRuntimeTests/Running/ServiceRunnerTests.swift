// SPDX-License-Identifier: Apache-2.0

import Glibc
import Logging
import ServiceLifecycle
import ServiceRuntime
import Testing

/// Signals concern a whole process, so each of these runs in one of its own.
struct ServiceRunnerTests {
    /// Signals this process once it runs, then stops when told.
    private struct Obedient: Service {
        let draining: Draining
        let readiness: Readiness

        func run() async throws {
            kill(getpid(), SIGTERM)
            await draining.wait()
            guard readiness.report.codes.contains("draining") else { exit(7) }
            try await gracefulShutdown()
        }
    }

    /// Signals this process once it runs and again when the stop begins, and never stops.
    private struct Stubborn: Service {
        let draining: Draining

        func run() async throws {
            kill(getpid(), SIGTERM)
            await draining.wait()
            kill(getpid(), SIGTERM)
            await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
        }
    }

    private struct Broken: Service {
        struct Fault: Error {}

        func run() async throws { throw Fault() }
    }

    private static func run(_ part: (Draining, Readiness) -> any Service) async throws {
        let logger = Logger(label: "test")
        let draining = Draining()
        let readiness = Readiness(checks: [], logger: logger)
        var settings = try ServiceSettings.read(
            service: "test", file: nil, environment: [:], overrides: [], known: AdminConfiguration.keys(defaultPort: 0))
        let admin = AdminConfiguration(defaultPort: 0, reading: &settings.reader)
        try await ServiceRunner.run(
            services: [part(draining, readiness)], admin: admin, readiness: readiness, draining: draining,
            logger: logger)
    }

    @Test func `SIGTERM stops gracefully, readiness first`() async {
        await #expect(processExitsWith: .exitCode(0)) {
            try await Self.run { Obedient(draining: $0, readiness: $1) }
            exit(0)
        }
    }

    @Test func `a second SIGTERM ends the process at once`() async {
        let began = ContinuousClock.now
        await #expect(processExitsWith: .exitCode(1)) {
            try await Self.run { draining, _ in Stubborn(draining: draining) }
            exit(0)
        }
        // Else it was the end that comes after half a minute.
        #expect(ContinuousClock.now - began < .seconds(25))
    }

    @Test func `a part that fails ends the whole`() async {
        await #expect(processExitsWith: .exitCode(3)) {
            do {
                try await Self.run { _, _ in Broken() }
            } catch is Broken.Fault {
                exit(3)
            }
        }
    }
}

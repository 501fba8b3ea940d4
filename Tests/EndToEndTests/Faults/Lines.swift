// SPDX-License-Identifier: Apache-2.0
import SimulatedPhone
import Testing
import TestKit

extension EndToEnd.Faults {
    /// Two copies of everything, and a line that can fail on each way between them:
    ///
    /// | line | from | to |
    /// |---|---|---|
    /// | `database-0`, `-1` | one copy of mfa-core each | PostgreSQL |
    /// | `core-0`, `-1` | all copies of sdk-service | one copy of mfa-core each |
    /// | `sdk-0`, `-1` | mobileapp-service and user-portal | one copy of sdk-service each |
    ///
    /// Every scenario ends with all invariants checked (``Scenario``) and all lines whole.
    @Suite(.world { try await World.withLines("lines") }, .logsOfTheWorld, .serialized)
    struct Lines {
        let world: World

        init() throws { world = try World.current }

        /// One person's affairs without anybody else at work; everything is checked at the end.
        func alone(_ name: String, _ size: Cast.Size, _ body: (Scenario) async throws -> Void) async throws {
            try await Scenario.alone(name, in: world, size, body)
        }

        /// Both lines of a kind.
        func lines(_ kind: String) throws -> [FaultProxy] {
            [try world.line("\(kind)-0"), try world.line("\(kind)-1")]
        }

        /// Both lines work again.
        func heal(_ kind: String) throws {
            for line in try lines(kind) { line.heal() }
        }
    }
}

extension World {
    /// Two copies of everything with lines between them.
    static func withLines(_ name: String) async throws -> World {
        var plan = World.Plan()
        plan.core = patientLimits
        // Few enough to use them up.
        plan.postgres = ["max_connections": "90"]
        let world = try await installed(name, plan)
        do {
            try await world.startWithLines()
            return world
        } catch {
            await world.close()
            throw error
        }
    }

    private func startWithLines() async throws {
        for number in 0..<2 {
            let line = try layLine("database-\(number)", to: postgres.port)
            try await start(.core, settings: ["database.url": databaseURL("core", port: line.port)])
        }
        let cores = try await layLines("core", to: .core)
        for _ in 0..<2 { try await start(.sdk, settings: ["core.urls": cores]) }
        let doors = try await layLines("sdk", to: .sdk)
        for service in [Service.mobile, .mobile, .portal] { try await start(service, settings: ["sdk.urls": doors]) }
        for copy in allCopies { try await copy.becomesReady() }
    }

    /// A list of URLs by which the copies of a service are called through lines.
    private func layLines(_ kind: String, to service: Service) async throws -> String {
        var urls: [String] = []
        for (number, copy) in copies(of: service).enumerated() {
            let line = try layLine("\(kind)-\(number)", to: try await copy.port())
            urls.append("https://localhost:\(line.port)")
        }
        return "[\(urls.joined(separator: ", "))]"
    }
}

// SPDX-License-Identifier: Apache-2.0
import Synchronization
import Testing
import TestKit

/// People at work, a fault in their midst, and the question afterwards whether every invariant held (I1–I12).
struct Scenario: Sendable {
    let name: String
    let world: World
    let cast: Cast
    let caller: Caller
    let workload: Workload
    let random: SeededRandom
    private let end = FaultEnd()

    /// Logins that must succeed after the fault.
    private static let loginsAfterwards = 60

    private init(
        _ name: String, in world: World, _ cast: Cast, newcomers: Bool, random: SeededRandom
    ) {
        self.name = name
        self.world = world
        self.cast = cast
        self.random = random
        caller = Caller(world: world, history: History())
        workload = Workload(cast, caller: caller, random: random.branch(1_000), newcomers: newcomers)
    }

    var history: History { caller.history }

    /// Starts the work, lets `fault` happen and end, and checks everything when the work has gone on for a while.
    ///
    /// - Parameter fault: returns when the fault has ended; where it waits for something afterwards, it calls
    ///   ``faultEnded()`` before.
    static func play(
        _ name: String, in world: World, _ size: Cast.Size = Cast.Size(), newcomers: Bool = true,
        _ fault: (Scenario) async throws -> Void
    ) async throws {
        try await world.repair()
        let scenario = Scenario(
            name, in: world, try await Cast.gather(size, in: world), newcomers: newcomers,
            random: SeededRandom(for: name))
        let before = world.resourceUse
        let working = Task { try await scenario.workload.run() }
        do {
            try await eventually("the work is under way") { scenario.history.answered >= 40 }
            let copies = try await world.auditRows(of: scenario.workload.people)
            try await fault(scenario)
            let healed = scenario.end.moment ?? ContinuousClock.now
            try await eventually("the work goes on", within: .seconds(60)) {
                Recovery(scenario.history, since: healed).logins >= loginsAfterwards
            }
            let busy = try await world.queueViolations()
            scenario.workload.end()
            try await working.value
            try await world.becomeReady(within: .seconds(30))
            let recovery = Recovery(scenario.history, since: healed)
            let violations =
                recovery.violations(atLeast: loginsAfterwards)
                + (try await scenario.violations(copies: copies)) + world.resourceViolations(before: before)
                + busy + (try await world.leftovers())
            scenario.expectNone(violations)
        } catch {
            scenario.workload.end()
            do {
                try await working.value
            } catch let cause {
                throw TestKitError("\(error)\nThe work had ended: \(cause)")
            }
            throw error
        }
    }

    /// Some people's affairs with nobody else at work, and everything checked at the end.
    static func alone(
        _ name: String, in world: World, _ size: Cast.Size, _ body: (Scenario) async throws -> Void
    ) async throws {
        try await world.repair()
        let scenario = Scenario(
            name, in: world, try await Cast.gather(size, in: world), newcomers: false, random: SeededRandom(for: name))
        try await body(scenario)
        scenario.expectNone(try await scenario.violations())
    }

    /// The fault is over now, and what comes is recovery (I10); of several calls the last one counts.
    func faultEnded() { end.mark() }

    /// Everything that the history, the rows and the files show of what must never be.
    func violations(copies: [Evidence.AuditRow] = []) async throws -> [Violation] {
        async let chain = world.chainViolations()
        let people = workload.people
        let evidence = try await world.evidence(of: people, copies: copies)
        var found = Invariants(history, evidence).violations
        for operation in history.operations {
            // Bad luck is told as 503; anything else of that kind is a fault of ours.
            if case .refused(let status) = operation.outcome, status >= 500 {
                found.append(Violation("R65", "\(operation.act) was answered with \(status)"))
            }
        }
        let canaries = try cast.canaries(in: world)
        found += canaries.violations(inFolder: world.logFolder)
        found += canaries.violations(in: "PostgreSQL's log", (try? await world.postgres.log()) ?? "")
        return found + (try await chain)
    }

    func expectNone(_ violations: [Violation]) {
        let told = Array(Set(violations)).map(\.description).sorted().prefix(12).joined(separator: "\n")
        #expect(violations.isEmpty, "\(name), SEED=\(random.seed):\n\(told)")
    }
}

/// When a scenario's fault was over.
private final class FaultEnd: Sendable {
    private let state = Mutex<ContinuousClock.Instant?>(nil)

    var moment: ContinuousClock.Instant? { state.withLock { $0 } }

    func mark() { state.withLock { $0 = ContinuousClock.now } }
}

extension World {
    /// Puts right what an earlier scenario left broken, if it failed.
    func repair() async throws {
        for line in lines { line.heal() }
        for copy in allCopies where !copy.process.isRunning { try await copy.restart() }
        try await becomeReady(within: .seconds(40))
    }

    /// Checks what a history and the database show of these people.
    func expectInvariants(_ history: History, of people: some Collection<String>, _ what: String = "") async throws {
        let violations = Invariants(history, try await evidence(of: people)).violations
        let told = Array(Set(violations)).map(\.description).sorted().prefix(12).joined(separator: "\n")
        #expect(violations.isEmpty, "\(what)\n\(told)")
    }
}

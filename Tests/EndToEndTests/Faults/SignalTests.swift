// SPDX-License-Identifier: Apache-2.0
import Glibc
import SimulatedPhone
import Testing
import TestKit

extension EndToEnd.Faults.Lines {
    // R96, F33
    @Test func `F33 signals under load lose nothing that was accepted`() async throws {
        try await Scenario.play("F33", in: world) { scenario in
            for _ in 0..<20 {
                for copy in world.allCopies { copy.process.signal(SIGHUP) }
                let place = scenario.history.answered
                try await eventually("people are answered") { scenario.history.answered >= place + 4 }
            }
            for copy in world.allCopies { #expect(copy.process.isRunning, "\(copy.name)") }
            for service in [Service.core, .sdk, .mobile] {
                let copy = world.copies(of: service)[1]
                let begun = ContinuousClock.now
                #expect(try await copy.stop() == 0, "\(copy.name)")
                #expect(ContinuousClock.now - begun <= .seconds(30))
                try await copy.restart()
            }
            for service in [Service.core, .sdk] {
                // Twice at once: the first one asks, the second one no longer does.
                let copy = world.copies(of: service)[0]
                copy.process.signal(SIGINT)
                _ = await copy.logs("stopping")
                copy.process.signal(SIGINT)
                #expect([0, 1].contains(try await copy.process.end(within: .seconds(10))), "\(copy.name)")
                scenario.faultEnded()
                try await copy.restart()
            }
        }
    }

    // R68, F34: once a second libdispatch looks at its threads by files in /proc, and ends a program that cannot open
    // them ("registered worker exited prematurely"). A copy that meets that moment is started anew.
    @Test func `F34 a copy without files left refuses connections or ends, and takes them again`() async throws {
        try await Scenario.play("F34, files", in: world) { scenario in
            let copies = [world.copies(of: .core)[0], world.copies(of: .sdk)[0]]
            for copy in copies {
                let use = try #require(ResourceUse(of: copy.process.pid))
                try await limitFiles(of: copy, to: use.files + 2)
                let crowd = try await Crowd.connect(20, to: try await copy.port())
                let place = scenario.history.operations.count
                try await eventually("people go on asking") { scenario.history.operations.count >= place + 40 }
                if Workshop.isSoak { try await Task.sleep(for: .seconds(3)) }
                crowd.leave()
                do {
                    try await limitFiles(of: copy, to: 16_384)
                    scenario.faultEnded()
                    try await copy.isBack(in: world)
                } catch {
                    let status = try await copy.process.end(within: .seconds(10))
                    #expect([-SIGILL, -SIGTRAP].contains(status), "\(copy.name) ended\n\(copy.log.tail(5))")
                    #expect(!copy.log.lines().contains { $0.contains("Fatal error") }, "\(copy.log.tail(60))")
                    scenario.faultEnded()
                    try await copy.restart()
                }
            }
        }
    }

    // R88, R100, F34: prlimit stands for a machine without memory; the OOM killer itself is the kill -9 of R100. Where
    // anything cannot be allocated, a program may end; what it must not do is let somebody in.
    @Test func `F34 a copy without memory left refuses or ends, and the others go on`() async throws {
        try await Scenario.play("F34, memory", in: world) { scenario in
            for copy in [world.copies(of: .core)[0], world.copies(of: .sdk)[0]] {
                try await limitMemory(of: copy)
                let place = scenario.history.answered
                try await eventually("people are answered", within: .seconds(60)) {
                    scenario.history.answered >= place + 60
                }
                try await recover(copy, in: scenario)
            }
        }
        // One copy alone that has hashed no password yet has no 16 MiB for it.
        try await alone("F34, memory, alone", .init(counters: 1, clocks: 0, phones: 0)) { scenario in
            let (token, core) = (scenario.cast.counters[0], world.copies(of: .core)[0])
            let signIn: JSON = ["user": .string(token.person.name), "password": .string(World.password)]
            try await world.setPassword(of: token.person)
            for copy in world.copies(of: .core) { try await copy.process.kill() }
            try await core.restart()
            try await eventually("sdk-service has found it") {
                try await scenario.caller.check(token, counter: 0, key: "found") != .unknown
            }
            try await limitMemory(of: core)
            let refused = try await world.call("POST", "/portal/sign-ins", signIn, as: "portal")
            #expect(refused.status == 503, "\(refused.text)")
            try await eventually("it was for want of memory") {
                !core.process.isRunning || core.log.lines().contains { $0.contains("scrypt failed") }
            }
            for copy in world.copies(of: .core) {
                try await copy.process.kill()
                try await copy.restart()
            }
            try await eventually("the password is right") {
                try await world.call("POST", "/portal/sign-ins", signIn, as: "portal").status == 200
            }
        }
    }

    /// Gives a copy memory again: one that has not ended is ready by itself and serves, another one is started anew.
    private func recover(_ copy: ServiceProcess, in scenario: Scenario) async throws {
        do {
            try await limit(copy, "--data=unlimited:")
            scenario.faultEnded()
            try await copy.isBack(in: world)
            let place = copy.log.count
            try await eventually("\(copy.name) serves") {
                copy.log.lines(since: place).contains { $0.contains("\"status\":\"200\"") }
            }
        } catch {
            // It may end of what it could not have at any moment before; one that runs and serves nobody fails here.
            let status = try await copy.process.end(within: .seconds(10))
            #expect(status != 0, "\(copy.name) ended\n\(copy.log.tail(5))")
            scenario.faultEnded()
            try await copy.restart()
        }
    }

    // R68, R88, F34: where no thread can be started, libdispatch waits until one can, and a call may go unanswered.
    @Test func `F34 a copy that may start hardly any threads ends, or is right`() async throws {
        try await Scenario.play("F34, threads", in: world) { scenario in
            for copy in [world.copies(of: .core)[0], world.copies(of: .sdk)[0]] {
                let limit = try await restartWithFewThreads(copy)
                let place = scenario.history.answered
                try await eventually("people are answered", within: .seconds(60)) {
                    scenario.history.answered >= place + 60
                }
                // It may have ended since, for want of one thread more.
                if let use = ResourceUse(of: copy.process.pid) { #expect(use.threads <= limit, "\(copy.name)") }
                try await copy.process.kill()
                scenario.faultEnded()
                try await copy.restart()
            }
        }
    }

    /// Starts a copy anew with as few threads as it becomes ready with; returns how many.
    private func restartWithFewThreads(_ copy: ServiceProcess) async throws -> Int {
        for limit in 6..<20 {
            try await copy.process.kill()
            // Without a thread that it needs, a program ends, or waits for one.
            do { try await copy.restart(threadsMax: limit, within: .seconds(5)) } catch { continue }
            return limit
        }
        throw TestKitError("\(copy.name) needs more than nineteen threads:\n\(copy.log.tail())")
    }

    private func limitFiles(of copy: ServiceProcess, to count: Int) async throws {
        try await limit(copy, "--nofile=\(count):")
    }

    /// Lets a copy have no more memory than it has.
    private func limitMemory(of copy: ServiceProcess) async throws { try await limit(copy, "--data=1048576:") }

    private func limit(_ copy: ServiceProcess, _ option: String) async throws {
        let end = try await ChildProcess.run(.init("/usr/bin/prlimit", ["--pid", "\(copy.process.pid)", option]))
        guard end.status == 0 else { throw TestKitError("prlimit: \(end.errors)") }
    }

    // R28, R97, F34
    @Test func `F34 a copy that stood still drops what is late, and approves nothing stale`() async throws {
        try await Scenario.play("F34, still", in: world) { scenario in
            for service in [Service.core, .sdk, .mobile] {
                let copy = world.copies(of: service)[0]
                let stopped = ContinuousClock.now
                copy.process.signal(SIGSTOP)
                // A look waits for a person, and that on purpose. Everybody may be in the middle of something.
                try await eventually("somebody has waited for it") {
                    scenario.history.operations.contains { operation in
                        if case .look = operation.act { return false }
                        return (operation.ended ?? .now) - max(operation.invoked, stopped) >= .seconds(1)
                    }
                }
                if Workshop.isSoak { try await Task.sleep(for: .seconds(20)) }
                copy.process.signal(SIGCONT)
            }
        }
        try await alone("F34, late work", .init(counters: 1, clocks: 0, phones: 1)) { scenario in
            let (token, owner) = (scenario.cast.counters[0], scenario.cast.owners[0])
            let prompt = try #require(try await scenario.caller.prompt(owner.person).prompt)
            let seen = try await world.challenge(prompt, on: owner.phone)
            for core in world.copies(of: .core) { core.process.signal(SIGSTOP) }
            async let passcode = scenario.caller.check(token, counter: 0)
            async let answer = scenario.caller.answer(
                prompt, .approve(number: prompt.number), of: owner.person, on: owner.phone, seen: seen)
            // sdk-service gives up after ten seconds, and so does mobileapp-service.
            #expect(try await passcode == .unknown)
            #expect(try await answer == .unknown)
            try await world.sql(
                "update core.sign_in set expires_at = clock_timestamp() where id = '\(prompt.id)'")
            for core in world.copies(of: .core) { core.process.signal(SIGCONT) }
            try await world.becomeReady(within: .seconds(20))
            guard case .told("approved", _) = try await scenario.caller.check(token, counter: 0) else {
                throw TestKitError("Nobody waited for the passcode any more, and it was spent.")
            }
            #expect(try await world.auditRows(of: owner.person, event: "push.approved") == 0)
            let state = try await scenario.caller.look(prompt.id, of: owner.person)
            #expect(state == .told("expired", signIn: prompt.id))
        }
    }
}

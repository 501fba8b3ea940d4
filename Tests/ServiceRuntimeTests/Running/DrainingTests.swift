// SPDX-License-Identifier: Apache-2.0

import ServiceRuntime
import Testing

struct DrainingTests {
    @Test func `wakes everybody who waits`() async {
        let draining = Draining()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 { group.addTask { await draining.wait() } }
            draining.begin()
            await group.waitForAll()
        }
        await draining.wait()
        #expect(draining.hasBegun)
    }

    @Test func `a cancelled task waits no longer`() async {
        let draining = Draining()
        let task = Task { await draining.wait() }
        task.cancel()
        await task.value
        #expect(!draining.hasBegun)
    }

    @Test func `a race ends with the answer or with the stop`() async throws {
        let draining = Draining()
        #expect(try await draining.race { 7 } == 7)
        let (started, announce) = AsyncStream.makeStream(of: Void.self)
        // Nothing is ever sent: only cancellation ends the wait.
        let (never, sender) = AsyncStream.makeStream(of: Void.self)
        defer { sender.finish() }
        async let held = draining.race {
            announce.yield()
            for await _ in never {}
            return 7
        }
        for await _ in started { break }
        draining.begin()
        #expect(try await held == nil)
    }
}

// SPDX-License-Identifier: Apache-2.0
import SDKServer
import TestKit
import Testing

struct WaitRegistryTests {
    /// Later than any of these waits ends; a wait that is missed ends then, with another outcome.
    private let far = ContinuousClock.now + .seconds(20)

    @Test func `a line between reading and waiting is not missed`() async throws {
        let registry = WaitRegistry()
        let mark = registry.mark
        registry.hear("a")
        let waiter = try #require(registry.enter("a", after: mark))
        #expect(await registry.outcome(of: waiter, until: far) == .decided)
    }

    @Test func `a line from before the reading says nothing`() async throws {
        let registry = WaitRegistry()
        registry.hear("a")
        let waiter = try #require(registry.enter("a", after: registry.mark))
        #expect(registry.waitingIDs == ["a"])
        registry.end(waiter, .callerGone)
        #expect(await registry.outcome(of: waiter, until: far) == .callerGone)
        #expect(registry.waitingIDs.isEmpty)
    }

    @Test func `forgets the oldest lines`() async throws {
        let registry = WaitRegistry()
        let mark = registry.mark
        registry.hear("a")
        for number in 0..<10_000 { registry.hear("other-\(number)") }
        let waiter = try #require(registry.enter("a", after: mark))
        #expect(registry.waitingIDs == ["a"])
        registry.close()
        #expect(await registry.outcome(of: waiter, until: far) == .draining)
        let recent = try #require(registry.enter("other-9999", after: mark))
        #expect(await registry.outcome(of: recent, until: far) == .draining)
    }

    @Test func `wakes those of one sign-in only`() async throws {
        let registry = WaitRegistry()
        let first = try #require(registry.enter("a", after: registry.mark))
        let second = try #require(registry.enter("b", after: registry.mark))
        registry.wake(["b", "c"])
        #expect(registry.waitingIDs == ["a"])
        #expect(await registry.outcome(of: second, until: far) == .decided)
        registry.end(first, .deadline)
        #expect(await registry.outcome(of: first, until: far) == .deadline)
    }

    @Test func `the first outcome counts`() async throws {
        let registry = WaitRegistry()
        let waiter = try #require(registry.enter("a", after: registry.mark))
        registry.hear("a")
        registry.end(waiter, .callerGone)
        registry.close()
        #expect(await registry.outcome(of: waiter, until: far) == .decided)
    }

    @Test func `a cancelled wait ends`() async throws {
        let registry = WaitRegistry()
        let waiter = try #require(registry.enter("a", after: registry.mark))
        let wait = Task { await registry.outcome(of: waiter, until: far) }
        wait.cancel()
        #expect(await wait.value == .callerGone)
        #expect(registry.waitingIDs.isEmpty)
    }

    @Test func `places are limited and become free again`() async throws {
        let registry = WaitRegistry(waitersMax: 2)
        let first = try #require(registry.enter("a", after: 0))
        _ = registry.enter("a", after: 0)
        #expect(registry.enter("b", after: 0) == nil)
        registry.wake(["a"])
        #expect(await registry.outcome(of: first, until: far) == .decided)
        #expect(registry.enter("b", after: registry.mark) != nil)
    }

    @Test func `the deadline ends a wait`() async throws {
        let registry = WaitRegistry()
        let waiter = try #require(registry.enter("a", after: registry.mark))
        #expect(await registry.outcome(of: waiter, until: .now) == .deadline)
    }
}

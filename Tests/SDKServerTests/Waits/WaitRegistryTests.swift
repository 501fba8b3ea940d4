// SPDX-License-Identifier: Apache-2.0
import SDKServer
import TestKit
import Testing

struct WaitRegistryTests {
    @Test func `a line between reading and waiting is not missed`() async throws {
        let registry = WaitRegistry()
        let mark = registry.mark
        registry.hear("a")
        let waiter = try #require(registry.enter("a", after: mark))
        #expect(await registry.outcome(of: waiter) == .decided)
    }

    @Test func `a line from before the reading says nothing`() async throws {
        let registry = WaitRegistry()
        registry.hear("a")
        let waiter = try #require(registry.enter("a", after: registry.mark))
        #expect(registry.waitingIDs == ["a"])
        registry.end(waiter, .callerGone)
        #expect(await registry.outcome(of: waiter) == .callerGone)
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
        #expect(await registry.outcome(of: waiter) == .draining)
        let recent = try #require(registry.enter("other-9999", after: mark))
        #expect(await registry.outcome(of: recent) == .draining)
    }

    @Test func `wakes those of one sign-in only`() async throws {
        let registry = WaitRegistry()
        let first = try #require(registry.enter("a", after: registry.mark))
        let second = try #require(registry.enter("b", after: registry.mark))
        registry.wake(["b", "c"])
        #expect(registry.waitingIDs == ["a"])
        #expect(await registry.outcome(of: second) == .decided)
        registry.end(first, .deadline)
        #expect(await registry.outcome(of: first) == .deadline)
    }

    @Test func `the first outcome counts`() async throws {
        let registry = WaitRegistry()
        let waiter = try #require(registry.enter("a", after: registry.mark))
        registry.hear("a")
        registry.end(waiter, .callerGone)
        registry.close()
        #expect(await registry.outcome(of: waiter) == .decided)
    }

    @Test func `places are limited and become free again`() async throws {
        let registry = WaitRegistry(waitersMax: 2)
        let first = try #require(registry.enter("a", after: 0))
        _ = registry.enter("a", after: 0)
        #expect(registry.enter("b", after: 0) == nil)
        registry.wake(["a"])
        #expect(await registry.outcome(of: first) == .decided)
        #expect(registry.enter("b", after: registry.mark) != nil)
    }

    @Test func `a caller's own timer ends its wait and no other`() async throws {
        let registry = WaitRegistry()
        let waiter = try #require(registry.enter("a", after: registry.mark))
        let other = try #require(registry.enter("a", after: registry.mark))
        let wait = Task { await registry.outcome(of: waiter) }
        registry.end(waiter, .deadline)
        #expect(await wait.value == .deadline)
        registry.hear("a")
        #expect(await registry.outcome(of: other) == .decided)
    }
}

extension WaitRegistry {
    fileprivate func outcome(of waiter: Waiter) async -> WaitOutcome {
        await withCheckedContinuation { continuation in whenOver(waiter) { continuation.resume(returning: $0) } }
    }
}

// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Primitives
import ServiceLifecycle
import Synchronization

/// Gathers passcode checks while one batch is on its way: no timer, no delay when idle, one commit for many when busy.
final class CheckBatcher: Sendable {
    private struct State {
        var queue: [PendingCheck] = []
        /// Checks that could not go with a batch, and the people somebody is at.
        var alone: [PendingCheck] = []
        var runningAlone: Set<CanonicalName?> = []
        var isStopped = false
    }

    private let state = Mutex(State())
    private let wakeUps: AsyncStream<Void>
    private let wakeUp: AsyncStream<Void>.Continuation
    private let aloneMax: Int

    /// - Parameter aloneMax: people whose checks may run beside the batches at once.
    init(aloneMax: Int) {
        // One wake-up is enough, however many checks came meanwhile.
        (wakeUps, wakeUp) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        self.aloneMax = aloneMax
    }

    /// Queues a check and waits for its answer; a cancelled caller gives up its answer, never the batch.
    func submit<Answer: Sendable>(
        _ name: CanonicalName?, caller: Caller, rule: @escaping PersonRule<Answer>
    ) async throws(Refusal) -> Answer {
        let slot = AnswerSlot<Answer>()
        let check = PendingCheck(name: name, caller: caller) { personCase in
            do throws(Refusal) {
                try caller.checkPresence(at: personCase.now)
                slot.answer = .success(try rule(&personCase))
                return nil
            } catch {
                slot.answer = .failure(error)
                return error
            }
        }
        let refusal = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                check.attach(continuation)
                let isQueued = state.withLock { state in
                    guard !state.isStopped, state.queue.count < Limits.queuedMax else { return false }
                    state.queue.append(check)
                    return true
                }
                if isQueued {
                    wakeUp.yield()
                } else {
                    check.finish(Refusal(.unavailable, reason: "the queue of checks is full or stopped"))
                }
            }
        } onCancel: {
            check.finish(Refusal(.unavailable, reason: "the caller went away"))
        }
        if let refusal { throw refusal }
        guard let answer = slot.answer else { throw Refusal(.unavailable, reason: "a check ended without an answer") }
        return try answer.get()
    }

    /// Runs batches until a graceful shutdown; what is queued by then is still decided.
    func run(_ batch: CheckBatch) async {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                for await _ in wakeUps { await runQueued(batch, &group) }
                await runQueued(batch, &group)
            }
        } onGracefulShutdown: {
            self.state.withLock { $0.isStopped = true }
            self.wakeUp.finish()
        }
        // After a cancellation nobody serves the queue any more.
        let left = state.withLock { state in
            state.isStopped = true
            defer { (state.queue, state.alone) = ([], []) }
            return state.queue + state.alone
        }
        for check in left { check.finish(Refusal(.unavailable, reason: "the service stops")) }
    }

    private func runQueued(_ batch: CheckBatch, _ group: inout DiscardingTaskGroup) async {
        while let checks = take() {
            var alone: [PendingCheck] = []
            await batch.run(checks, returning: putBack, alone: { alone += $0 })
            state.withLock { $0.alone += alone }
            while let first = takeAlone() {
                group.addTask { await self.runAlone(first, batch) }
            }
        }
    }

    private func runAlone(_ first: [PendingCheck], _ batch: CheckBatch) async {
        var next: [PendingCheck]? = first
        while let checks = next {
            await batch.runAlone(checks)
            state.withLock { _ = $0.runningAlone.remove(checks[0].name) }
            next = takeAlone()
        }
    }

    /// All waiting checks of the first person whom nobody is at; nil when there is none, or no connection to spare.
    private func takeAlone() -> [PendingCheck]? {
        state.withLock { state in
            guard state.runningAlone.count < aloneMax,
                let next = state.alone.first(where: { !state.runningAlone.contains($0.name) })
            else { return nil }
            let taken = state.alone.filter { $0.name == next.name }
            state.alone.removeAll { $0.name == next.name }
            state.runningAlone.insert(next.name)
            return taken
        }
    }

    /// The next batch: in order of arrival, within the bounds of a batch.
    private func take() -> [PendingCheck]? {
        state.withLock { state in
            var taken: [PendingCheck] = []
            var rest: [PendingCheck] = []
            var users: [CanonicalName?: Int] = [:]
            for check in state.queue {
                guard !check.isAbandoned else { continue }
                if check.isLate {
                    check.finish(Refusal(.unavailable, reason: "the check waited longer than it may"))
                    continue
                }
                let count = users[check.name] ?? 0
                let isNew = count == 0 && users.count >= Limits.usersPerBatch
                if taken.count >= Limits.checksPerBatch || isNew || count >= Limits.checksPerUser {
                    rest.append(check)
                } else {
                    users[check.name] = count + 1
                    taken.append(check)
                }
            }
            state.queue = rest
            return taken.isEmpty ? nil : taken
        }
    }

    /// Checks of people locked elsewhere head the next batch.
    private func putBack(_ checks: [PendingCheck]) {
        guard !checks.isEmpty else { return }
        state.withLock { $0.queue.insert(contentsOf: checks, at: 0) }
        wakeUp.yield()
    }
}

/// Where a rule leaves its answer for the caller that waits.
///
/// `@unchecked Sendable`: written by the batch's task, read by the caller after the batch resumed it.
private final class AnswerSlot<Answer: Sendable>: @unchecked Sendable {
    private let lock = Mutex<Result<Answer, Refusal>?>(nil)

    var answer: Result<Answer, Refusal>? {
        get { lock.withLock { $0 } }
        set { lock.withLock { $0 = newValue } }
    }
}

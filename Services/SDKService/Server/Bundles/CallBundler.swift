// SPDX-License-Identifier: Apache-2.0
import MFAAPI
package import MFAClient
package import NIOCore
import ServiceLifecycle
import Synchronization

/// Gathers sign-ins that begin while others are on their way to mfa-core, and hands them on in one request.
///
/// A hop costs more than a check of a passcode does, so it is shared when the service is busy: no timer, and no delay
/// when idle. Answers come back as they are ready; one that is slow holds up no other. Whatever had no answer, and may
/// be asked twice, is asked again by itself, of any copy.
package final class CallBundler: Service {
    private struct State {
        var queue: [BundledCall] = []
        /// How many bundles are on their way without a single answer so far.
        var bundles = 0
        /// All that wait for an answer, by the number of their bundle.
        var underWay: [UInt64: [BundledCall]] = [:]
        var lastBundle: UInt64 = 0
        var isStopped = false
    }

    private let client: MFAClient
    private let state = Mutex(State())
    private let wakeUps: AsyncStream<Void>
    private let wakeUp: AsyncStream<Void>.Continuation

    /// - Parameter client: one of its own, so that its turns among the copies are the bundles' alone.
    package init(client: MFAClient) {
        self.client = client
        (wakeUps, wakeUp) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Hands a call on, alone or among others.
    ///
    /// - Returns: what became of it; ``BundleOutcome/notSent`` also when no more can be queued.
    package func send(
        fields: [(String, String)], body: ByteBuffer?, deadline: Duration
    ) async -> BundleOutcome {
        let call = BundledCall(fields: fields, body: body.map { Array($0.readableBytesView) } ?? [], within: deadline)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                call.attach(continuation)
                let isQueued = state.withLock { state in
                    guard !state.isStopped, state.queue.count < Limits.bundledMax else { return false }
                    state.queue.append(call)
                    return true
                }
                if isQueued { wakeUp.yield() } else { call.finish(.notSent) }
            }
        } onCancel: {
            call.finish(.abandoned)
        }
    }

    /// How many calls wait for a bundle.
    package var queuedCount: Int { state.withLock { $0.queue.count } }

    /// Sends bundles until the graceful stop; what is queued by then still goes.
    package func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskGroup(of: Void.self) { parts in
                parts.addTask { await self.endLateCalls() }
                await withDiscardingTaskGroup { group in
                    for await _ in wakeUps { startBundles(in: &group) }
                }
                parts.cancelAll()
            }
        } onGracefulShutdown: {
            self.state.withLock { $0.isStopped = true }
            self.wakeUp.finish()
        }
        let left = state.withLock { state in
            state.isStopped = true
            defer { state.queue = [] }
            return state.queue
        }
        for call in left { call.finish(.notSent) }
    }

    /// A bundle may take as long as its most patient caller; the others are told in time.
    private func endLateCalls() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: Limits.lateCallsInterval)
            let calls = state.withLock { state in state.queue + state.underWay.values.joined() }
            for call in calls where call.remaining <= .zero { call.finish(.lost(reason: "no answer in time")) }
        }
    }

    private func startBundles(in group: inout DiscardingTaskGroup) {
        while let (number, calls) = take() {
            group.addTask {
                await self.carry(calls)
                self.state.withLock { _ = $0.underWay.removeValue(forKey: number) }
            }
        }
    }

    /// The next bundle, in order of arrival, unless enough are on their way.
    private func take() -> (number: UInt64, calls: [BundledCall])? {
        state.withLock { state in
            guard state.bundles < Limits.bundlesMax else { return nil }
            var bundle: [BundledCall] = []
            var taken = 0
            for call in state.queue {
                guard bundle.count < BundleLimits.callsMax else { break }
                taken += 1
                if !call.isOver { bundle.append(call) }
            }
            state.queue.removeFirst(taken)
            if bundle.isEmpty { return nil }
            state.bundles += 1
            state.lastBundle += 1
            state.underWay[state.lastBundle] = bundle
            return (state.lastBundle, bundle)
        }
    }

    private func carry(_ calls: [BundledCall]) async {
        // The first answer means that the bundle was decided: the next one may go, whatever is still to come of this.
        let place = BundlePlace { [self] in
            state.withLock { $0.bundles -= 1 }
            wakeUp.yield()
        }
        defer { place.free() }
        var bytes: [UInt8] = []
        for (number, call) in calls.enumerated() {
            let frame = CallFrame(number: UInt32(number), fields: call.fieldsToSend, body: call.body)
            if !frame.write(to: &bytes) { call.finish(.notSent) }
        }
        do {
            try await client.bundle(
                path: Paths.signInBundles, frames: bytes, deadline: calls.map(\.remaining).max() ?? .zero
            ) { answer in
                place.free()
                guard calls.indices.contains(Int(answer.number)) else { return }
                calls[Int(answer.number)].finish(.answered(MFAResponse(answer)))
            }
            for call in calls { call.finish(.lost(reason: "mfa-core left it without an answer")) }
        } catch {
            for call in calls {
                if case .unreachable = error { call.finish(.notSent) } else { call.finish(.lost(reason: "\(error)")) }
            }
        }
    }
}

/// A bundle's place among those on their way, given back once.
private final class BundlePlace: Sendable {
    private let isFree = Atomic(false)
    private let giveBack: @Sendable () -> Void

    init(_ giveBack: @escaping @Sendable () -> Void) {
        self.giveBack = giveBack
    }

    func free() {
        if !isFree.exchange(true, ordering: .relaxed) { giveBack() }
    }
}

// SPDX-License-Identifier: Apache-2.0

@preconcurrency import Dispatch
import Glibc

/// Ends a process that does not end by itself.
///
/// The queue is Dispatch's own and gets a thread even when every thread of the concurrency pool hangs. Signals must
/// come through Dispatch: the service group listens that way, and would take them from a plain handler.
final class ProcessEnd: Sendable {
    private let sources: [DispatchSource]

    /// From now on a second SIGTERM or SIGINT, or `delay` gone by, end the process with status 1.
    init(after delay: Duration) async {
        let queue = DispatchQueue(label: "process-end")
        let signals = [SIGTERM, SIGINT].map { DispatchSource.makeSignalSource(signal: $0, queue: queue) }
        let timer = DispatchSource.makeTimerSource(queue: queue)
        timer.schedule(deadline: .now() + .seconds(Int(delay.components.seconds)))
        let all = (signals.map { $0 as Any } + [timer]).compactMap { $0 as? DispatchSource }
        sources = all
        for source in all {
            source.setEventHandler { _exit(1) }
            // A signal that comes before the registration would be lost.
            await withCheckedContinuation { registered in
                source.setRegistrationHandler { registered.resume() }
                source.activate()
            }
        }
    }

    /// Takes it back: the end came in time.
    func disarm() {
        for source in sources { source.cancel() }
    }
}

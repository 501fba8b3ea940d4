// SPDX-License-Identifier: Apache-2.0
package import Logging
package import MFACoreStore
import Metrics
import ServiceLifecycle
import ServiceRuntime

/// Sends the audit to a syslog receiver, row by row in the order of the chain, beside everything else (R87, F38).
///
/// What the receiver has is remembered only after it has read to the end, so that nothing is lost while it is away or
/// when a copy dies; rows may come twice. After an outage the last delivery is repeated, for a receiver that died with
/// what it had read. Nothing waits for it: neither sign-ins nor whether this copy is ready.
package struct AuditForwarding: Service {
    /// How long it waits for what.
    package struct Pace: Sendable {
        /// For new rows, when there are none.
        package var idle: Duration = .seconds(2)
        /// After the first failure; each further one doubles it.
        package var firstPause: Duration = .seconds(1)
        /// After many of them.
        package var pauseMax: Duration = .seconds(30)
        /// For how long a copy keeps the receiver to itself: longer than a delivery may take.
        package var hold: Duration = .seconds(60)

        package init() {}
    }

    /// What went before, of this copy.
    package struct Past: Sendable {
        fileprivate var failures = 0
        fileprivate var receiverFailed = false
        /// What the log was told of; nothing while all is well.
        fileprivate var toldOf: Set<String> = []
        /// The link before the last delivery that succeeded.
        fileprivate var startOfLast: Int64?

        package init() {}
    }

    private let store: PostgresForwarding
    private let facility: Int
    private let pace: Pace
    private let logger: Logger
    private let deliver: @Sendable ([UInt8]) async throws -> Void
    private let sent = Counter(label: "mfa.syslog.sent")
    private let failed = Counter(label: "mfa.syslog.failures")
    private let lagRows = Gauge(label: "mfa.syslog.lag.rows")
    private let lagSeconds = Gauge(label: "mfa.syslog.lag.seconds")

    /// - Parameter deliver: brings frames to the receiver and returns when they were read; throws ``SyslogFault``.
    package init(
        store: PostgresForwarding, facility: Int, pace: Pace = Pace(), logger: Logger,
        deliver: @escaping @Sendable ([UInt8]) async throws -> Void
    ) {
        self.store = store
        self.facility = facility
        self.pace = pace
        self.logger = logger
        self.deliver = deliver
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var past = Past()
            while !Task.isCancelled {
                let pause = await self.round(&past)
                if pause > .zero { try? await Task.sleep(for: pause) }
            }
        }
        // Where it cannot be said, another copy goes on when the time is over.
        try? await store.release()
    }

    /// Sends a page of what the receiver lacks, if there is any and no other copy is at it; how long to wait then.
    package func round(_ past: inout Past) async -> Duration {
        do {
            let lag = try await store.lag()
            lagRows.record(lag.rows)
            lagSeconds.record(lag.seconds)
            guard let position = try await store.claim(for: pace.hold) else { return leave(&past) }
            let start = past.receiverFailed ? min(past.startOfLast ?? position, position) : position
            let page = try await store.page(after: start)
            guard let last = page.rows.last else {
                // Nothing to send says nothing of a receiver that was away.
                if !past.receiverFailed { recover(&past) }
                return pace.idle
            }
            let count = try await send(page.rows)
            tellOfGone(last.seq - start - count, after: start, upTo: last.seq)
            guard try await store.advance(to: last.seq) else { return leave(&past) }
            recover(&past)
            past.startOfLast = start
            return page.isFull ? .zero : pace.idle
        } catch let fault as SyslogFault {
            failed.increment()
            past.receiverFailed = true
            return pause(after: fault.description, kind: fault.code.rawValue, &past)
        } catch {
            // A copy that is told to stop has no trouble to tell of.
            if Task.isCancelled { return .zero }
            return pause(after: "\(error)", kind: Self.database, &past)
        }
    }

    private static let database = "database"

    /// Another copy is at it; whoever was told of trouble hears that it is not this one's any more.
    private func leave(_ past: inout Past) -> Duration {
        if !past.toldOf.isEmpty { logger.notice("another copy sends the audit to the syslog receiver") }
        past = Past()
        return pace.idle
    }

    /// All is well; whoever was told of trouble hears of its end.
    private func recover(_ past: inout Past) {
        if !past.toldOf.isEmpty { logger.notice("the syslog receiver gets the audit again") }
        past.failures = 0
        past.receiverFailed = false
        past.toldOf = []
    }

    /// How many of them there were to send.
    private func send(_ rows: [ForwardedRow]) async throws -> Int64 {
        var frames: [UInt8] = []
        var count = 0
        for row in rows {
            guard let content = row.content else { continue }
            SyslogMessage(content, of: row, facility: facility).appendFrame(to: &frames)
            count += 1
        }
        if count > 0 {
            try await deliver(frames)
            sent.increment(by: count)
        }
        return Int64(count)
    }

    /// Rows or links that are not there: bent, or cut off by retention while the receiver was away. Who is new gets
    /// what there is.
    private func tellOfGone(_ count: Int64, after start: Int64, upTo end: Int64) {
        guard count > 0, start > 0 else { return }
        logger.error(
            "rows of the audit were gone before the syslog receiver had them",
            metadata: ["rows": "\(count)", "after": "\(start)", "upTo": "\(end)"])
    }

    /// Tells the log once of each kind of trouble in an outage, and counts how often any was met.
    private func pause(after error: String, kind: String, _ past: inout Past) -> Duration {
        if past.toldOf.insert(kind).inserted {
            logger.warning("the syslog receiver does not get the audit", metadata: ["error": "\(error)"])
        }
        let pause = min(pace.firstPause * (1 << min(past.failures, 10)), pace.pauseMax)
        past.failures += 1
        return pause
    }
}

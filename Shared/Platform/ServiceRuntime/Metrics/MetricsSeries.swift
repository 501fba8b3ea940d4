// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Synchronization

/// One line, or one histogram, of the exposition.
protocol MetricsSeries: AnyObject, Sendable {
    var reading: MetricsReading { get }
}

/// What a series shows at one moment.
enum MetricsReading: Equatable {
    case counter(Double)
    case gauge(Double)
    /// Counts per bucket (not yet cumulated; the last is for what exceeds all bounds) and the sum of all values.
    case histogram(bounds: [Double], counts: [UInt64], sum: Double)
}

final class CounterSeries: MetricsSeries, CounterHandler {
    private let value = Atomic<Int64>(0)

    var reading: MetricsReading { .counter(Double(value.load(ordering: .relaxed))) }

    func increment(by amount: Int64) {
        value.wrappingAdd(amount, ordering: .relaxed)
    }

    func reset() {
        value.store(0, ordering: .relaxed)
    }
}

final class FloatingCounterSeries: MetricsSeries, FloatingPointCounterHandler {
    private let value = Mutex(0.0)

    var reading: MetricsReading { .counter(value.withLock { $0 }) }

    func increment(by amount: Double) {
        guard amount.isFinite, amount >= 0 else { return }
        value.withLock { $0 += amount }
    }

    func reset() {
        value.withLock { $0 = 0 }
    }
}

final class GaugeSeries: MetricsSeries, MeterHandler, RecorderHandler {
    private let value = Mutex(0.0)

    var reading: MetricsReading { .gauge(value.withLock { $0 }) }

    func set(_ new: Int64) { set(Double(new)) }
    func set(_ new: Double) { value.withLock { $0 = new } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    func record(_ new: Int64) { set(Double(new)) }
    func record(_ new: Double) { set(new) }
}

final class HistogramSeries: MetricsSeries, RecorderHandler, TimerHandler {
    /// Seconds: fine where answers should be, coarse where they should not.
    static let secondsBounds = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
    ]
    /// Sizes and counts, by powers of four.
    static let sizeBounds = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576].map(Double.init)

    private let bounds: [Double]
    private let state: Mutex<(counts: [UInt64], sum: Double)>

    init(bounds: [Double]) {
        self.bounds = bounds
        self.state = Mutex((Array(repeating: 0, count: bounds.count + 1), 0))
    }

    var reading: MetricsReading {
        state.withLock { .histogram(bounds: bounds, counts: $0.counts, sum: $0.sum) }
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard value.isFinite else { return }
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock {
            $0.counts[bucket] += 1
            $0.sum += value
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1_000_000_000) }
}

// SPDX-License-Identifier: Apache-2.0

package import CoreMetrics
import Synchronization

/// Keeps what the process measures and shows it in Prometheus' text form.
///
/// A series exists once per label and set of dimensions, however many handles are made of it. Beyond
/// ``seriesMax`` new series are dropped and counted, so that a dimension with unforeseen values cannot eat the memory.
package final class MetricsRegistry: MetricsFactory, Sendable {
    /// The one that is bootstrapped in a running service.
    package static let process = MetricsRegistry()

    /// More than a service of ours has by two orders of magnitude.
    package static let seriesMax = 10_000

    enum Kind: String {
        case counter, gauge, histogram
    }

    struct Identity: Hashable {
        let name: String
        let labels: [Label]
    }

    struct Label: Hashable {
        let name: String
        let value: String
    }

    struct Family {
        let kind: Kind
        let help: String
        var series: [Identity: any MetricsSeries] = [:]
    }

    private struct State {
        var families: [String: Family] = [:]
        var count = 0
        var dropped: UInt64 = 0
    }

    private let state = Mutex(State())
    private let seriesMax: Int

    package init(seriesMax: Int = MetricsRegistry.seriesMax) {
        self.seriesMax = seriesMax
    }

    /// The text exposition, version 0.0.4, in order of name.
    package func exposition() -> String {
        let (families, dropped) = state.withLock { ($0.families, $0.dropped) }
        return PrometheusText.exposition(families: families, dropped: dropped)
    }

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, suffix: "_total", .counter, dimensions) { CounterSeries() } ?? NOOPMetricsHandler.instance
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(label, suffix: "_total", .counter, dimensions) { FloatingCounterSeries() }
            ?? NOOPMetricsHandler.instance
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, suffix: "", .gauge, dimensions) { GaugeSeries() } ?? NOOPMetricsHandler.instance
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        if aggregate {
            return series(label, suffix: "", .histogram, dimensions) {
                HistogramSeries(bounds: HistogramSeries.sizeBounds)
            } ?? NOOPMetricsHandler.instance
        }
        return series(label, suffix: "", .gauge, dimensions) { GaugeSeries() } ?? NOOPMetricsHandler.instance
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, suffix: "_seconds", .histogram, dimensions) {
            HistogramSeries(bounds: HistogramSeries.secondsBounds)
        } ?? NOOPMetricsHandler.instance
    }

    package func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
    package func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    package func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    package func destroyTimer(_ handler: any TimerHandler) { remove(handler) }

    /// The series of that identity, or nil when it would be one too many or its name means another kind already.
    private func series<Series: MetricsSeries>(
        _ label: String, suffix: String, _ kind: Kind, _ dimensions: [(String, String)], make: () -> Series
    ) -> Series? {
        let name = PrometheusText.name(label) + suffix
        let labels = dimensions.map { Label(name: PrometheusText.labelName($0.0), value: $0.1) }
        let identity = Identity(name: name, labels: labels.sorted { $0.name < $1.name })
        return state.withLock { state in
            var family = state.families[name] ?? Family(kind: kind, help: label)
            if let existing = family.series[identity] as? Series { return existing }
            guard family.kind == kind, family.series[identity] == nil, state.count < seriesMax else {
                state.dropped += 1
                return nil
            }
            let made = make()
            family.series[identity] = made
            state.families[name] = family
            state.count += 1
            return made
        }
    }

    private func remove(_ handler: AnyObject) {
        state.withLock { state in
            for (name, family) in state.families {
                guard let identity = family.series.first(where: { $0.value === handler })?.key else { continue }
                state.families[name]?.series[identity] = nil
                state.count -= 1
                if state.families[name]?.series.isEmpty == true { state.families[name] = nil }
                return
            }
        }
    }
}

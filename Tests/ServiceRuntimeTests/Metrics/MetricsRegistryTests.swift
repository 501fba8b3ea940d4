// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import ServiceRuntime
import Testing

struct MetricsRegistryTests {
    private let dropped = """
        # HELP countersign_metrics_series_dropped_total Series refused because there were too many or their name had another kind.
        # TYPE countersign_metrics_series_dropped_total counter
        countersign_metrics_series_dropped_total
        """

    @Test func `a counter is one series however often it is made`() {
        let registry = MetricsRegistry()
        for _ in 0..<3 {
            registry.makeCounter(label: "mfa.sign_in.decided", dimensions: [("result", "allow")]).increment(by: 2)
        }
        registry.makeCounter(label: "mfa.sign_in.decided", dimensions: [("result", "deny")]).increment(by: 1)
        #expect(
            registry.exposition() == """
                # HELP mfa_sign_in_decided_total mfa.sign_in.decided
                # TYPE mfa_sign_in_decided_total counter
                mfa_sign_in_decided_total{result="allow"} 6
                mfa_sign_in_decided_total{result="deny"} 1
                \(dropped) 0

                """)
    }

    @Test func `a timer is a histogram in seconds`() {
        let registry = MetricsRegistry()
        let timer = registry.makeTimer(label: "http.request", dimensions: [("route", "/")])
        timer.recordNanoseconds(1_000_000)
        timer.recordNanoseconds(2_000_000)
        timer.recordNanoseconds(90_000_000_000)
        let text = registry.exposition()
        #expect(text.contains("# TYPE http_request_seconds histogram\n"))
        #expect(text.contains("http_request_seconds_bucket{route=\"/\",le=\"0.0005\"} 0\n"))
        #expect(text.contains("http_request_seconds_bucket{route=\"/\",le=\"0.001\"} 1\n"))
        #expect(text.contains("http_request_seconds_bucket{route=\"/\",le=\"0.0025\"} 2\n"))
        #expect(text.contains("http_request_seconds_bucket{route=\"/\",le=\"60\"} 2\n"))
        #expect(text.contains("http_request_seconds_bucket{route=\"/\",le=\"+Inf\"} 3\n"))
        #expect(text.contains("http_request_seconds_sum{route=\"/\"} 90.003\n"))
        #expect(text.contains("http_request_seconds_count{route=\"/\"} 3\n"))
    }

    @Test func `gauges hold their last value`() {
        let registry = MetricsRegistry()
        let meter = registry.makeMeter(label: "pool.size", dimensions: [])
        meter.set(4 as Int64)
        meter.increment(by: 1.5)
        meter.decrement(by: 1)
        registry.makeRecorder(label: "queue.length", dimensions: [], aggregate: false).record(7 as Int64)
        registry.makeRecorder(label: "batch.size", dimensions: [], aggregate: true).record(5 as Int64)
        let text = registry.exposition()
        #expect(text.contains("# TYPE pool_size gauge\npool_size 4.5\n"))
        #expect(text.contains("# TYPE queue_length gauge\nqueue_length 7\n"))
        #expect(text.contains("batch_size_bucket{le=\"4\"} 0\nbatch_size_bucket{le=\"16\"} 1\n"))
    }

    @Test func `names and values are escaped`() {
        let registry = MetricsRegistry()
        registry.makeCounter(label: "9 odd-näme", dimensions: [("le", "a\"b\\c\nd"), ("my-label", "é")]).increment(
            by: 1)
        let text = registry.exposition()
        #expect(text.contains(#"_9_odd_n_me_total{le_="a\"b\\c\nd",my_label="é"} 1"#))
    }

    @Test func `series beyond the limit are dropped and counted`() {
        let registry = MetricsRegistry(seriesMax: 2)
        for number in 0..<5 {
            registry.makeCounter(label: "c", dimensions: [("n", "\(number)")]).increment(by: 1)
        }
        let text = registry.exposition()
        #expect(text.contains("c_total{n=\"1\"} 1\n") && !text.contains("c_total{n=\"2\"}"))
        #expect(text.hasSuffix("\(dropped) 3\n"))
    }

    @Test func `a name keeps its kind`() {
        let registry = MetricsRegistry()
        registry.makeMeter(label: "x", dimensions: []).set(1 as Int64)
        registry.makeRecorder(label: "x", dimensions: [("a", "b")], aggregate: true).record(1 as Int64)
        let text = registry.exposition()
        #expect(text.contains("# TYPE x gauge\nx 1\n") && !text.contains("x_bucket"))
        #expect(text.hasSuffix("\(dropped) 1\n"))
    }

    @Test func `a destroyed series makes room`() {
        let registry = MetricsRegistry(seriesMax: 1)
        let first = registry.makeCounter(label: "a", dimensions: [])
        registry.destroyCounter(first)
        registry.makeCounter(label: "b", dimensions: []).increment(by: 1)
        let text = registry.exposition()
        #expect(text.contains("b_total 1\n") && !text.contains("a_total"))
    }
}

// SPDX-License-Identifier: Apache-2.0

/// Times of one kind, for their percentiles.
struct Latencies {
    private let sorted: [Duration]

    init(_ values: [Duration]) {
        sorted = values.sorted()
    }

    /// The value that `share` of all are not above; zero without any.
    func percentile(_ share: Double) -> Duration {
        guard !sorted.isEmpty else { return .zero }
        return sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }

    /// p50, p99 and the largest, in microseconds, as words of a result line.
    var words: String {
        [percentile(0.5), percentile(0.99), sorted.last ?? .zero].map { String(Int64($0 / .microseconds(1))) }
            .joined(separator: " ")
    }
}

// SPDX-License-Identifier: Apache-2.0

/// How well one number tells two groups apart (R19): the area under the curve of a classifier with that one feature.
package enum Separation {
    /// The chance that a sample of `second` is larger than one of `first`, ties counted half: 0.5 tells nothing, 0 and 1
    /// tell everything. It is the Mann-Whitney U statistic over the number of pairs.
    package static func area<Value: Comparable>(_ first: [Value], _ second: [Value]) -> Double {
        let (low, high) = (first.sorted(), second.sorted())
        guard !low.isEmpty, !high.isEmpty else { return 0.5 }
        var (below, upTo, wins) = (0, 0, 0.0)
        for value in high {
            while below < low.count, low[below] < value { below += 1 }
            upTo = max(upTo, below)
            while upTo < low.count, low[upTo] == value { upTo += 1 }
            wins += Double(below) + Double(upTo - below) / 2
        }
        return wins / (Double(low.count) * Double(high.count))
    }

    /// The middle one of sorted values; of two in the middle the lower.
    package static func median<Value: Comparable>(_ values: [Value]) -> Value? {
        values.isEmpty ? nil : values.sorted()[(values.count - 1) / 2]
    }
}

// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// Choices that can be made again: the same seed gives the same ones (SplitMix64).
package struct SeededRandom: RandomNumberGenerator, Sendable {
    /// What to set `SEED` to for the same choices.
    package let seed: UInt64
    private var state: UInt64

    package init(seed: UInt64) {
        self.seed = seed
        state = seed
    }

    /// A source for one scenario, from `SEED` or else of its own; tells the seed on standard error.
    package init(for scenario: String) {
        let given = ProcessInfo.processInfo.environment["SEED"].flatMap { UInt64($0) }
        self.init(seed: given ?? UInt64.random(in: 1...999_999_999))
        FileHandle.standardError.write(Data("\(scenario): SEED=\(seed)\n".utf8))
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// A source of its own for one of several that go on at once, whose choices do not depend on the others' pace.
    package func branch(_ number: Int) -> SeededRandom {
        var other = SeededRandom(seed: seed &+ UInt64(number + 1) &* 0x9e37_79b9_7f4a_7c15)
        return SeededRandom(seed: other.next())
    }

    /// True in so many of a hundred cases.
    package mutating func happens(percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}

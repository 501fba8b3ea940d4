// SPDX-License-Identifier: Apache-2.0
import Testing
import TestKit

/// The measure that R19 is judged by.
struct SeparationTests {
    // R19
    @Test(
        arguments: [
            ([1, 2, 3], [4, 5, 6], 1.0), ([4, 5, 6], [1, 2, 3], 0.0), ([1, 2, 3], [1, 2, 3], 0.5), ([7], [7], 0.5),
            ([1, 3], [2, 4], 0.75), ([2, 2, 2], [1, 2, 3], 0.5), ([1, 1], [1, 2], 0.75), ([], [1], 0.5),
        ] as [([Int], [Int], Double)])
    func `the area is the share of pairs in order`(first: [Int], second: [Int], area: Double) {
        #expect(abs(Separation.area(first, second) - area) < 1e-12)
        #expect(abs(Separation.area(second, first) - (1 - area)) < 1e-12)
    }

    // R19: by counting every pair.
    @Test func `many samples give what counting gives`() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20 {
            let first = (0..<60).map { _ in Int.random(in: 0..<40, using: &random) }
            let second = (0..<80).map { _ in Int.random(in: 5..<45, using: &random) }
            var wins = 0.0
            for low in first { for high in second { wins += low < high ? 1 : low == high ? 0.5 : 0 } }
            #expect(abs(Separation.area(first, second) - wins / 4800) < 1e-12)
        }
    }

    @Test func `the median is the middle`() {
        #expect(Separation.median([3, 1, 2]) == 2)
        #expect(Separation.median([4, 1, 2, 3]) == 2)
        #expect(Separation.median([Int]()) == nil)
    }
}

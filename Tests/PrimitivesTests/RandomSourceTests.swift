// SPDX-License-Identifier: Apache-2.0
import Primitives
import Synchronization
import Testing

/// Hands out prepared bytes, then zeros.
private final class PreparedSource: RandomSource {
    private let rest: Mutex<[UInt8]>

    init(_ bytes: [UInt8]) {
        rest = Mutex(bytes)
    }

    func bytes(_ count: Int) -> [UInt8] {
        rest.withLock { rest in
            let taken = Array(rest.prefix(count))
            rest.removeFirst(taken.count)
            return taken + [UInt8](repeating: 0, count: count - taken.count)
        }
    }
}

@Suite struct `A source of randomness` {
    @Test func `draws digits without favouring low ones`() {
        // 250 to 255 would make 0 to 5 more likely than 6 to 9, so they are thrown away.
        let source = PreparedSource([250, 251, 252, 253, 254, 255, 249, 7, 10, 0])
        #expect(source.decimal(digits: 4) == "9700")
        #expect(PreparedSource([]).decimal(digits: 6) == "000000")
        #expect(PreparedSource([1]).decimal(digits: 0).isEmpty)
    }

    @Test(arguments: [0, 1, 7, 8, 9, 20, 64])
    func `of the system gives as many bytes as asked for`(count: Int) {
        #expect(SystemRandomSource().bytes(count).count == count)
    }

    // R13: what the secrets of factors are made of: 20, 32 or 64 bytes for the three hashes.
    @Test(arguments: [20, 32, 64])
    func `of the system gives 10 000 secrets that share nothing`(count: Int) {
        let drawn = (0..<10_000).map { _ in SystemRandomSource().bytes(count) }
        #expect(Set(drawn).count == drawn.count)
        // Not even a half of one is the half of another.
        let halves = drawn.flatMap { [$0.prefix(count / 2), $0.suffix(count / 2)] }
        #expect(Set(halves).count == halves.count)
        // Each bit of each byte is set in half of them: 5 000 ± 50 standard; six of those are a chance of 1 in 5 × 10⁸.
        var set = [Int](repeating: 0, count: count * 8)
        for secret in drawn {
            for (place, byte) in secret.enumerated() {
                for bit in 0..<8 where byte >> UInt8(bit) & 1 == 1 { set[place * 8 + bit] += 1 }
            }
        }
        #expect(set.allSatisfy { (4_700...5_300).contains($0) })
    }

    @Test func `of the system does not repeat itself`() {
        let drawn = (0..<1000).map { _ in SystemRandomSource().bytes(16) }
        #expect(Set(drawn).count == drawn.count)
        let seen = Set(SystemRandomSource().bytes(100_000))
        #expect(seen.count == 256)
    }
}

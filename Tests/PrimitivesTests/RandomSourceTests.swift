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

    @Test func `of the system does not repeat itself`() {
        let drawn = (0..<1000).map { _ in SystemRandomSource().bytes(16) }
        #expect(Set(drawn).count == drawn.count)
        let seen = Set(SystemRandomSource().bytes(100_000))
        #expect(seen.count == 256)
    }
}

// SPDX-License-Identifier: Apache-2.0
import SDKServer
import Testing

struct TokenBucketTests {
    private let start = ContinuousClock.now

    @Test func `has a second's worth at once and then its rate`() {
        var bucket = TokenBucket(ratePerSecond: 5, at: start)
        for _ in 0..<5 { #expect(bucket.take(ratePerSecond: 5, at: start) == nil) }
        #expect(bucket.take(ratePerSecond: 5, at: start) == .milliseconds(200))
        #expect(bucket.take(ratePerSecond: 5, at: start + .milliseconds(199)) != nil)
        #expect(bucket.take(ratePerSecond: 5, at: start + .milliseconds(201)) == nil)
        #expect(bucket.take(ratePerSecond: 5, at: start + .milliseconds(202)) != nil)
    }

    @Test func `holds no more after a long rest than at the beginning`() {
        var bucket = TokenBucket(ratePerSecond: 3, at: start)
        let later = start + .seconds(3600)
        #expect((0..<10).count { _ in bucket.take(ratePerSecond: 3, at: later) == nil } == 3)
    }

    @Test func `a clock that stands still or goes back gives nothing`() {
        var bucket = TokenBucket(ratePerSecond: 1, at: start)
        #expect(bucket.take(ratePerSecond: 1, at: start) == nil)
        #expect(bucket.take(ratePerSecond: 1, at: start - .seconds(5)) != nil)
        #expect(bucket.take(ratePerSecond: 1, at: start) != nil)
    }
}

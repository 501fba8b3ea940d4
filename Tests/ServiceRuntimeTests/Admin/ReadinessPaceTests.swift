// SPDX-License-Identifier: Apache-2.0

import ServiceRuntime
import Testing

/// R98: what is there is noticed soon, what fails for long is not asked all the time.
struct ReadinessPaceTests {
    @Test func `looks often at first, then once a second`() {
        var pace = ReadinessPace()
        let pauses = (0..<8).map { _ in pace.pause(isReady: false) }
        #expect(pauses == [20, 40, 80, 160, 320, 640, 1000, 1000].map { .milliseconds($0) })
    }

    @Test func `a break is looked at soon again`() {
        var pace = ReadinessPace()
        #expect(pace.pause(isReady: true) == Readiness.interval)
        #expect(pace.pause(isReady: false) == ReadinessPace.shortest)
        #expect(pace.pause(isReady: true) == Readiness.interval)
        #expect(pace.pause(isReady: false) == ReadinessPace.shortest)
    }
}

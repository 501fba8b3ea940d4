// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import Testing

/// R91: by what a restored database is told, and that nothing else is taken for one.
struct RestoreSightingTests {
    private static let here = DatabasePlace(systemIdentifier: "7001", database: 16_384)
    private static let otherServer = DatabasePlace(systemIdentifier: "7002", database: 16_384)
    private static let otherDatabase = DatabasePlace(systemIdentifier: "7001", database: 16_999)

    private static func seen(
        _ place: DatabasePlace = Self.here, timeline: Int64 = 3, epoch: Int64 = 2, mark: Int64 = 100
    ) -> LastSeen {
        LastSeen(place: place, timeline: timeline, epoch: epoch, mark: mark)
    }

    private func sign(
        at place: DatabasePlace = Self.here, timeline: Int64 = 3, served: LastSeen?, seen: LastSeen?
    ) -> RestoreSign? {
        RestoreSighting(place: place, timeline: timeline, served: served).sign(of: seen)
    }

    @Test func `a database that goes on is served with`() {
        #expect(sign(served: nil, seen: nil) == nil)
        #expect(sign(served: Self.seen(), seen: nil) == nil)
        #expect(sign(served: Self.seen(), seen: Self.seen()) == nil)
        #expect(sign(served: Self.seen(mark: 101), seen: Self.seen()) == nil)
    }

    // R89, R92: a synchronous standby lost nothing that was answered.
    @Test func `a promotion is no restore`() {
        #expect(sign(timeline: 4, served: Self.seen(mark: 100), seen: Self.seen(mark: 100)) == nil)
        #expect(sign(timeline: 4, served: Self.seen(timeline: 4, mark: 120), seen: Self.seen(mark: 100)) == nil)
        // A standby may have known an older timeline than its primary when it was written last.
        #expect(sign(timeline: 5, served: Self.seen(timeline: 2), seen: Self.seen()) == nil)
    }

    @Test func `a restored one is told by whatever is left behind`() {
        #expect(sign(served: nil, seen: Self.seen()) == .neverServed)
        #expect(sign(at: Self.otherServer, served: Self.seen(), seen: nil) == .otherServer)
        #expect(sign(at: Self.otherDatabase, served: Self.seen(), seen: nil) == .otherDatabase)
        #expect(sign(served: Self.seen(epoch: 1, mark: 500), seen: Self.seen()) == .olderEpoch)
        #expect(sign(timeline: 4, served: Self.seen(mark: 99), seen: Self.seen()) == .olderMark)
        #expect(sign(timeline: 2, served: Self.seen(mark: 100), seen: Self.seen()) == .olderTimeline)
        #expect(sign(served: Self.seen(), seen: Self.seen(Self.otherServer)) == .otherServer)
    }

    @Test func `what another copy declared holds for all of them`() {
        let served = Self.seen(Self.otherServer, timeline: 1, epoch: 3, mark: 5)
        #expect(sign(at: Self.otherServer, timeline: 1, served: served, seen: Self.seen()) == nil)
    }

    @Test(arguments: RestoreSign.allCases)
    func `each sign is one sentence that says what to do`(sign: RestoreSign) {
        #expect(sign.sentence.contains("mfa-core serve --restored") && sign.sentence.contains("database.url"))
        #expect(sign.sentence.hasSuffix(".") && !sign.sentence.contains("\n"))
        #expect(sign.sentence.ranges(of: ". ").isEmpty)
    }
}

// SPDX-License-Identifier: Apache-2.0
import Crypto
import TestKit
import Testing

/// Each checker finds what it is for, and nothing in a history where all is well.
struct InvariantsTests {
    /// A day without a fault: right and wrong passcodes, a prompt, retries, an answer that got lost.
    private var goodDay: HandMadeHistory {
        var day = HandMadeHistory()
        day.typed(0, .told("approved", signIn: "s0"), key: "k0")
        day.wrote("otp.ok", factor: "f", signIn: "s0")
        // The same attempt again, with the stored answer.
        day.typed(0, .told("approved", signIn: "s0"), key: "k0")
        // Let in, but nobody heard.
        day.typed(1, .unknown)
        day.wrote("otp.ok", factor: "f", signIn: "s1")
        day.typed(1, .told("denied", signIn: "s2"))
        day.wrote("otp.replay", signIn: "s2")
        day.typed(nil, .told("denied", signIn: "s3"))
        day.wrote("otp.wrong_code", signIn: "s3")
        day.typed(nil, .unknown)
        day.keeps(failures: 2, lastStep: 1)
        day.approvedByPhone("p0")
        for (id, state) in ["s0": "approved", "s1": "approved", "s2": "denied", "s3": "denied"] {
            day.holds(id, state)
        }
        day.did(.look(signIn: "p0"), .told("approved", signIn: "p0"))
        day.did(.look(signIn: "p0"), .told("pending", signIn: "p0"))
        day.did(.activation("a"), .done)
        day.wrote("device.activated", factor: "d")
        return day
    }

    @Test func `a good day violates nothing`() {
        #expect(goodDay.violated.isEmpty)
    }

    // I1
    @Test func `a passcode that opened two sign-ins is consumed twice`() {
        var day = goodDay
        day.typed(0, .told("approved", signIn: "s9"), key: "k9")
        day.wrote("otp.ok", factor: "f", signIn: "s9")
        #expect(day.violated.contains("I1"))
    }

    // I1
    @Test func `more acceptances in the audit than passcodes that anybody typed`() {
        var day = goodDay
        day.wrote("otp.ok", factor: "f", signIn: "s8")
        #expect(day.violated.contains("I1"))
    }

    // I1: what a failover or a crash gives back would be accepted again.
    @Test func `an accepted passcode that is not spent`() {
        var day = goodDay
        day.keeps(failures: 2, lastStep: nil)
        #expect(day.violated == ["I1"])
    }

    // I1
    @Test func `an activation that made two devices`() {
        var day = goodDay
        day.wrote("device.activated")
        #expect(day.violated == ["I1"])
    }

    // I2
    @Test func `an approval without a signature, with another's, or over something else`() {
        let bends: [(inout Evidence.SignIn, (String) -> [UInt8]) -> Void] = [
            { signIn, _ in signIn.signature = nil },
            { signIn, _ in signIn.signature?[10] ^= 1 },
            { signIn, sign in
                signIn.message = Array(HandMadeHistory.message("p8").utf8)
                signIn.signature = sign(HandMadeHistory.message("p8"))
            },
            { signIn, sign in
                signIn.message = Array(HandMadeHistory.message("p9", decision: "deny").utf8)
                signIn.signature = sign(HandMadeHistory.message("p9", decision: "deny"))
            },
            { signIn, sign in
                signIn.message = Array(HandMadeHistory.message("p9", number: "000000").utf8)
                signIn.signature = sign(HandMadeHistory.message("p9", number: "000000"))
            },
            { signIn, _ in
                let stranger = P256.Signing.PrivateKey()
                signIn.signingKey = Array(stranger.publicKey.derRepresentation)
                signIn.signature = (try? stranger.signature(for: signIn.message ?? [])).map {
                    Array($0.rawRepresentation)
                }
            },
        ]
        for (number, bend) in bends.enumerated() {
            var day = goodDay
            day.approvedByPhone("p9", bend)
            #expect(day.violated == ["I2"], "\(number)")
        }
    }

    // I3
    @Test func `what was told and has no row`() {
        var day = goodDay
        day.typed(2, .told("approved", signIn: "s7"))
        day.keeps(failures: 2, lastStep: 2)
        #expect(day.violated == ["I3"])
        var other = goodDay
        other.did(.administration("user.created"), .done)
        #expect(other.violated == ["I3"])
    }

    // I4
    @Test func `a row that is lost, changed or doubled`() {
        var lost = goodDay
        lost.evidence.copies = [Evidence.AuditRow(99, "otp.ok", user: HandMadeHistory.person)]
        #expect(lost.violated == ["I4"])
        var changed = goodDay
        changed.evidence.copies = [
            Evidence.AuditRow(1, "otp.ok", user: HandMadeHistory.person, text: "another text")
        ]
        #expect(changed.violated == ["I4"])
        var doubled = goodDay
        doubled.wrote("user.updated", id: 1)
        #expect(doubled.violated == ["I4"])
        var kept = goodDay
        kept.evidence.copies = Array(kept.evidence.audit.prefix(3))
        #expect(kept.violated.isEmpty)
    }

    // I5
    @Test func `a failure that nobody made, and one that was lost`() {
        var extra = goodDay
        extra.keeps(failures: 3, lastStep: 1)
        #expect(extra.violated == ["I5"])
        var fewer = goodDay
        fewer.keeps(failures: 1, lastStep: 1)
        #expect(fewer.violated == ["I5"])
        var counted = goodDay
        for id in ["s5", "s6"] { counted.wrote("otp.wrong_code", signIn: id) }
        counted.keeps(failures: 4, lastStep: 1)
        #expect(counted.violated == ["I5"])
        var unwritten = goodDay
        unwritten.typed(nil, .told("denied", signIn: "s7"))
        #expect(unwritten.violated == ["I5"])
    }

    // I6
    @Test func `somebody who was let in without being right`() {
        var wrong = goodDay
        wrong.typed(nil, .told("approved", signIn: "s7"))
        wrong.wrote("otp.ok", factor: "f", signIn: "s7")
        wrong.keeps(failures: 0, lastStep: 1)
        #expect(wrong.violated.contains("I6"))
        var stale = HandMadeHistory()
        for (number, id) in [(UInt64(5), "a"), (4, "b")] {
            stale.typed(number, .told("approved", signIn: id))
            stale.wrote("otp.ok", factor: "f", signIn: id)
        }
        stale.keeps(lastStep: 5)
        #expect(stale.violated == ["I6"])
        var unasked = goodDay
        unasked.approvedByPhone("p9")
        var silent = HandMadeHistory()
        silent.evidence = unasked.evidence
        #expect(silent.violated.contains("I6"))
    }

    // I7
    @Test func `one login that brought two prompts`() {
        var day = goodDay
        day.wrote("push.started", signIn: "p1")
        #expect(day.violated == ["I7"])
        var keyed = goodDay
        for id in ["p1", "p2"] {
            keyed.did(.prompt, .told("pending", signIn: id), key: "k1")
            keyed.wrote("push.started", signIn: id)
        }
        #expect(keyed.violated == ["I7"])
    }

    // I8
    @Test func `a sign-in that ended twice, differently from what was told, or never`() {
        var told = goodDay
        told.did(.look(signIn: "p0"), .told("denied", signIn: "p0"))
        #expect(told.violated == ["I8"])
        var stored = goodDay
        stored.did(.look(signIn: "s9"), .told("denied", signIn: "s9"))
        stored.holds("s9", "cancelled")
        #expect(stored.violated == ["I8"])
        var twice = goodDay
        twice.wrote("push.denied", signIn: "p0")
        #expect(twice.violated == ["I8"])
        var never = goodDay
        never.holds("s9", "pending", late: 30)
        #expect(never.violated == ["I8"])
    }

    // I9
    @Test func `a guess beyond the cap, and one within its delay`() {
        var many = HandMadeHistory()
        many.bound.hardCap = 3
        for number in 0..<4 {
            many.typed(nil, .told("denied", signIn: "s\(number)"))
            many.wrote("otp.wrong_code", signIn: "s\(number)", at: number)
        }
        many.keeps(failures: 4)
        #expect(many.violated == ["I9"])
        var soon = HandMadeHistory()
        soon.bound.softLimit = 2
        for (number, second) in [0, 1, 20].enumerated() {
            soon.typed(nil, .told("denied", signIn: "s\(number)"))
            soon.wrote("otp.wrong_code", signIn: "s\(number)", at: second)
        }
        soon.keeps(failures: 3)
        #expect(soon.violated == ["I9"])
        soon.evidence.audit[2].at = 40 * 1_000_000
        #expect(soon.violated.isEmpty)
    }

    // R20
    @Test func `somebody who was let in after being blocked, or by a factor that was removed`() {
        var blocked = goodDay
        blocked.wrote("user.blocked")
        blocked.typed(2, .told("approved", signIn: "s7"))
        blocked.wrote("otp.ok", factor: "f", signIn: "s7")
        blocked.keeps(failures: 0, lastStep: 2)
        #expect(blocked.violated == ["R20"])
        var removed = goodDay
        removed.wrote("factor.removed", factor: "d")
        removed.approvedByPhone("p9")
        #expect(removed.violated == ["R20"])
    }

    // R20
    @Test func `somebody who was let in while they were disabled, whatever else was changed of them`() {
        var disabled = goodDay
        disabled.wrote("user.updated", enabled: false)
        // Another change, and the end of a block, let nobody sign in again.
        disabled.wrote("user.updated")
        disabled.wrote("user.unblocked")
        disabled.approvedByPhone("p9")
        #expect(disabled.violated == ["R20"])
        var enabled = goodDay
        enabled.wrote("user.updated", enabled: false)
        enabled.wrote("user.updated", enabled: true)
        enabled.approvedByPhone("p9")
        #expect(enabled.violated.isEmpty)
    }
}

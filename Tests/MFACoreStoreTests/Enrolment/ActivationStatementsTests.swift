// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain
import Postgres
import Primitives
import TestKit
import Testing

/// R35 in the database: what counts wrong activations is a bounded number of rows that all copies share.
@Suite(.timeLimit(.minutes(3)))
struct ActivationStatementsTests {
    /// A try of an address, as a rule counts it; whether it was told.
    private func attempt(
        _ copy: CoreCopy, bucket: Int = 7, limit: Int = 10, isWrong: Bool = true, code: ActivationID? = nil,
        alarm: Bool = false, alarmWhenUsedUp: Bool = false
    ) async -> Bool {
        let attempt = ActivationTry(
            bucket: bucket, limit: limit, isWrong: isWrong, wrongCodeOf: code, countsForAll: isWrong,
            raisesAlarm: alarm)
        do throws(Refusal) {
            return try await copy.store.decide(
                .impossibleName, reading: PersonReading(guessBucket: bucket),
                caller: Caller(account: "mobile", frontEnd: "mobile")
            ) { personCase throws(Refusal) in
                guard let guesses = personCase.activationGuesses, guesses.ofAddress < limit else {
                    if alarmWhenUsedUp, personCase.activationGuesses?.isAlarmed == false {
                        personCase.record(.raiseActivationAlarm)
                    }
                    return false
                }
                guard !alarm || !guesses.isAlarmed else { return false }
                personCase.record(.countActivation(attempt))
                return true
            }
        } catch {
            Issue.record("\(error)")
            return false
        }
    }

    // R35, R94
    @Test func `tries of an address are told until its budget is used up, whichever copies ask`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy("a") { first in
                try await core.withCopy("b") { second in
                    let told = await together(40) { await attempt($0 % 2 == 0 ? first : second) }
                    #expect(told.count { $0 } == 10)
                    let counted = "select wrong as n from core.activation_guess where bucket"
                    #expect(try await core.number("\(counted) = 7") == 10)
                    #expect(try await core.number("\(counted) = -1") == 10)
                    // A right one is not told either, and another address is not concerned.
                    #expect(await attempt(first, isWrong: false) == false)
                    #expect(await attempt(second, bucket: 8))
                    // A window that is over begins anew.
                    try await core.database.run(
                        "update core.activation_guess set window_ends_at = clock_timestamp()")
                    #expect(await attempt(first))
                    #expect(try await core.number("\(counted) = 7") == 1)
                    #expect(try await core.number("\(counted) = -1") == 1)
                }
            }
        }
    }

    // R35: one alarm a minute, however many reach a limit at once.
    @Test func `an alarm is raised once`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let raised = await together(8) { await attempt(copy, bucket: $0, alarm: true) }
                #expect(raised.count { $0 } == 1)
                try await core.database.run("update core.activation_guess set window_ends_at = clock_timestamp()")
                #expect(await attempt(copy, bucket: 1, alarm: true))
            }
        }
    }

    /// Writes a counter as another copy would, and commits once a copy waits for it in a statement that has `text`.
    private func write(
        _ values: String, in core: CoreDatabase, untilSomebodyWaitsIn text: String, _ body: () async throws -> Void
    ) async throws {
        try await core.database.withClient { other in
            try await other.withTransaction(deadline: .seconds(60)) { transaction in
                let insert = "insert into core.activation_guess (bucket, wrong, window_ends_at, alarmed) values"
                _ = try await transaction.query(Statement("", "\(insert) (\(values))"))
                try await body()
                try await eventually("a copy waits") {
                    try await core.number(
                        """
                        select count(*) as n from pg_stat_activity
                        where datname = current_database() and wait_event_type = 'Lock' and query like '%\(text)%'
                        """) == 1
                }
            }
        }
    }

    // R35, R94: whoever loses the race for the last try, and then that for the alarm, still gets an answer.
    @Test func `a budget used up and an alarm raised in between fail nobody`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let soon = "clock_timestamp() + interval '1 minute'"
                var told: Task<Bool, Never>?
                try await write("-1, 9, \(soon), true", in: core, untilSomebodyWaitsIn: "values (-1") {
                    try await write("7, 10, \(soon), false", in: core, untilSomebodyWaitsIn: "g.wrong < $3") {
                        told = Task { await attempt(copy, alarmWhenUsedUp: true) }
                    }
                }
                #expect(await told?.value == false)
            }
        }
    }

    // R35
    @Test func `a right activation costs its address nothing`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                for _ in 0..<20 { #expect(await attempt(copy, isWrong: false)) }
                let ofAll = try await core.number(
                    "select count(*) as n from core.activation_guess where bucket = -1")
                #expect(ofAll == 0)
                #expect(try await core.number("select wrong as n from core.activation_guess where bucket = 7") == 0)
            }
        }
    }

    // R35
    @Test func `wrong codes stand with their activation, and with the person for a day`() async throws {
        try await withCoreDatabase { core in
            try await core.withCopy { copy in
                let token = try await core.makeToken("alice", by: copy)
                let ids = (0..<3).map { _ -> ActivationID in SystemRandomSource().identifier() }
                for (index, id) in ids.enumerated() {
                    try await core.database.run(
                        """
                        insert into core.activation (id, user_id, secret_hash, code_hash, state, created_at, expires_at)
                        values ('\(id)', '\(token.user)', '\\x0\(index)', '\\x00', '\(index == 2 ? "pending" : "void")',
                            now() - interval '\([25, 23, 0][index]) hours', now() + interval '10 minutes')
                        """)
                    for _ in 0...index { #expect(await attempt(copy, bucket: index, code: id)) }
                }
                let name = try #require(CanonicalName("alice"))
                let read = try await copy.store.decide(
                    .name(name), reading: PersonReading(activation: .pending),
                    caller: Caller(account: "tests", frontEnd: "cli")
                ) { personCase throws(Refusal) in personCase.activation }
                #expect(read?.wrongCodes == 3)
                #expect(read?.wrongCodesOfPerson == 5)
            }
        }
    }

    // R35: addresses are spread over the counters by a key of ours, and a subscriber has one.
    @Test func `an address has one counter of 65 536, under a key`() async throws {
        try await withCoreDatabase { core in
            let random = SystemRandomSource()
            let digests = KeyedDigests(keyring: try await core.keyring(), random: random)
            let buckets = Set((0..<2000).map { digests.bucket(ofAddress: "198.51.\($0 / 250).\($0 % 250)") })
            #expect(buckets.allSatisfy { (0...65_535).contains($0) })
            #expect(buckets.count > 1900)
            #expect(
                digests.bucket(ofAddress: "2001:db8::1") == digests.bucket(ofAddress: "2001:db8:0:0:ffff::2"))
            #expect(digests.bucket(ofAddress: "2001:db8::1") != digests.bucket(ofAddress: "2001:db8:0:1::1"))
            #expect(digests.bucket(ofAddress: "no address") == digests.bucket(ofAddress: ""))
        }
    }
}

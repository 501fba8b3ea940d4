// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain
import Postgres
import Primitives
import TestKit
import Testing

/// What is remembered of sign-ins stands in the database: every copy knows it, and knows when it ends.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct RememberedSignInTests {
    private func withTwoCopies(
        _ terms: PolicyTerms, _ body: (CoreDatabase, CoreCopy, CoreCopy) async throws -> Void
    ) async throws {
        try await withCoreDatabase { core in
            try await core.withCopy("a") { first in
                try await core.withCopy("b") { second in
                    _ = try await PostgresPolicyStore(client: first.client, instance: "a").apply(
                        PolicyDocument(defaults: terms), source: "", comment: "", base: 0,
                        caller: Caller(account: "cli:tests", frontEnd: "cli"))
                    try await body(core, first, second)
                }
            }
        }
    }

    private func remembered(_ core: CoreDatabase) async throws -> Int64 {
        try await core.number(#"select sum(jsonb_array_length(remembered)) as n from core."user""#)
    }

    @Test func `what one copy remembers lets in at the other, by batch and alone, and keeps its reason`() async throws {
        try await withTwoCopies(PolicyTerms(remember: RememberTerms(application: 600))) { core, first, second in
            let token = try await core.makeToken("alice", by: first)
            let proved = try await first.check(token, token.passcode(counter: 0))
            #expect(proved.state == .approved && proved.waiver == nil)
            let again = try await second.check(token, token.wrongPasscode)
            #expect(again.state == .approved && again.waiver == .rememberedApplication)
            let asked = try await second.signIns.start(
                SignInRequest(
                    userGiven: "alice", requested: nil, passcode: nil, application: "vpn", clientAddress: ""),
                caller: Caller(account: "vpn", frontEnd: "sdk"))
            #expect(asked.waiver == .rememberedApplication)
            #expect(asked.explanation?.approval?.kind == .hotp)
            #expect(asked.explanation?.approval?.at.description == proved.decidedAt?.description)
            #expect(
                try await core.number(
                    """
                    select count(*) as n from core.sign_in where waiver = 'remembered_application'
                    and explanation::jsonb -> 'approval' ->> 'kind' = 'hotp'
                    """) == 2)
            #expect(try await core.audit(of: token) == ["otp.ok": 1, "sign_in.waived": 2])
            #expect(try await core.standing(of: token).lastStep == 0, "no passcode was spent")
        }
    }

    // R20: 64 sign-ins at once, and then a block at one copy: none gets past it at the other.
    @Test func `a passcode that comes many times at once is spent once, and a block ends it everywhere`() async throws {
        try await withTwoCopies(PolicyTerms(remember: RememberTerms(user: 600))) { core, first, second in
            let token = try await core.makeToken("alice", by: first)
            let passcode = token.passcode(counter: 0)
            let signIns = await together(64) { index in
                try? await (index % 2 == 0 ? first : second).check(token, passcode)
            }
            #expect(signIns.compactMap { $0 }.allSatisfy { $0.state == .approved })
            #expect(signIns.compactMap { $0 }.filter { $0.waiver == nil }.count == 1)
            #expect(try await remembered(core) == 1)
            let users = UserRules(signIns: first.rules)
            _ = try await first.store.decide(
                .user(token.user), reading: PersonReading(), caller: Caller(account: "tests", frontEnd: "cli")
            ) { personCase throws(Refusal) in
                _ = try users.block(reason: "lost", in: &personCase)
                return try users.unblock(in: &personCase).id
            }
            #expect(try await remembered(core) == 0)
            #expect(try await second.check(token, token.wrongPasscode).state == .denied)
        }
    }

    // R85: what cannot be read is no reason to let anybody in, and none to keep them out.
    @Test(arguments: [
        #"{}"#, #"[{"kind": "hotp"}]"#, #"[1]"#, #""x""#,
        #"[{"factor": "x", "kind": "hotp", "application": "vpn", "at": "2100-01-01T00:00:00Z"}]"#,
    ])
    func `what this program cannot read is not remembered`(json: String) async throws {
        try await withTwoCopies(PolicyTerms(remember: RememberTerms(user: 600))) { core, first, _ in
            let token = try await core.makeToken("alice", by: first)
            try await core.database.run(#"update core."user" set remembered = '\#(json)'"#)
            #expect(try await first.check(token, token.wrongPasscode).state == .denied)
            #expect(try await first.check(token, token.passcode(counter: 0)).state == .approved)
            #expect(try await first.check(token, token.wrongPasscode).waiver == .rememberedUser)
        }
    }
}

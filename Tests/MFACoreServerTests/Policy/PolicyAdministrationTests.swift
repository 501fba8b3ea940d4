// SPDX-License-Identifier: Apache-2.0
import MFACoreServer
import MFADomain
import Primitives
import TestKit
import Testing

/// What `mfa-core policy` does, without the process around it.
@Suite struct PolicyAdministrationTests {
    private func write(_ yaml: String, _ site: CommandSite, _ name: String = "policy.yaml") throws -> String {
        let path = "\(site.folder)/\(name)"
        try Workshop.write(yaml, to: path)
        return path
    }

    private func add(_ names: [String], _ site: CommandSite, groups: [String] = []) async throws {
        for name in names {
            _ = try await UserAdministration.add(
                name,
                UserAdministration.Fields(
                    displayName: nil, email: nil, language: nil, preferredFactor: nil, joined: groups, isEnabled: nil,
                    phones: []), site.options)
        }
    }

    private let dayOnly = """
        hours:
          day: {zone: UTC, days: [mon, tue, wed, thu, fri, sat, sun], from: "00:00", to: "24:00"}
        lines:
          - {name: guests, when: {applications: [vpn], groups: [guests], hours: [day]}, then: {action: refuse}}

        """

    @Test func `a policy is tried, applied, shown, listed and reverted`() async throws {
        try await CommandSite.with { site, _ async throws in
            try await add(["alice", "bob"], site, groups: ["guests"])
            try await add(["carol"], site)
            let path = try write(dayOnly, site)
            #expect(try await PolicyAdministration.check(path, site.options).json?["state"]?.text == "sound")
            let tried = try await PolicyAdministration.apply(path, comment: "", dryRun: true, site.options)
            #expect(tried.json?["state"]?.text == "not-applied" && tried.json?["affected"]?.integer == 2)
            let sentence = tried.rendered(asJSON: false)
            #expect(sentence.contains("2 people of 3 will meet something new"))
            #expect(sentence.contains("vpn: 2 people (alice, bob) are refused by the policy; until now asked for"))
            #expect(
                try await PolicyAdministration.history(before: nil, limit: 9, site.options).json?["items"]?.items == [])
            let applied = try await PolicyAdministration.apply(path, comment: "by day", dryRun: false, site.options)
            #expect(applied.json?["state"]?.text == "applied" && applied.json?["version"]?.integer == 1)
            let again = try await PolicyAdministration.apply(path, comment: "", dryRun: false, site.options)
            #expect(again.json?["state"]?.text == "unchanged")
            #expect(try await PolicyAdministration.show(nil, site.options).rendered(asJSON: false) == dayOnly)
            let open = try write("defaults: {action: ask}", site, "open.yaml")
            _ = try await PolicyAdministration.apply(open, comment: "", dryRun: false, site.options)
            _ = try await PolicyAdministration.revert(to: 1, comment: "back", dryRun: false, site.options)
            let list = try await PolicyAdministration.history(before: nil, limit: 9, site.options).json?["items"]?.items
            #expect(list?.map { $0["version"]?.integer } == [3, 2, 1])
            #expect(list?.first?["reverts"]?.integer == 1 && list?.last?["comment"]?.text == "by day")
            var query = AuditAdministration.Query()
            query.event = "policy.reverted"
            let audit = try await AuditAdministration.list(query, site.options)
            #expect(audit.json?["items"]?.items.first?["detail"]?["reverts"]?.text == "1")
        }
    }

    @Test func `an explanation names the line that decided and those before it`() async throws {
        try await CommandSite.with { site, _ async throws in
            try await add(["alice"], site, groups: ["guests"])
            try await add(["carol"], site)
            let path = try write(dayOnly, site)
            _ = try await PolicyAdministration.apply(path, comment: "", dryRun: false, site.options)
            let refused = try await PolicyAdministration.explain(
                user: "ALICE", application: "vpn", address: "192.0.2.1", at: "2026-01-05T12:00:00Z", site.options)
            #expect(refused.json?["result"]?.text == "policy_refuses" && refused.json?["line"]?.text == "guests")
            #expect(refused.rendered(asJSON: false).contains("line “guests”"))
            let asked = try await PolicyAdministration.explain(
                user: "carol", application: "vpn", address: nil, at: nil, site.options)
            #expect(asked.json?["result"]?.text == "asked" && asked.json?["line"] == nil)
            #expect(asked.json?["passed"]?.items.first?["because"]?.text == "group")
            #expect(asked.rendered(asJSON: false).contains("“guests”: the person is in no group of guests"))
            let unknown = try await PolicyAdministration.explain(
                user: "nobody", application: "vpn", address: nil, at: nil, site.options)
            #expect(unknown.json?["result"]?.text == "unknown_user")
            for (address, time) in [("office", nil), (nil, "tomorrow")] as [(String?, String?)] {
                #expect(
                    await status {
                        try await PolicyAdministration.explain(
                            user: "carol", application: "vpn", address: address, at: time, site.options)
                    } == 2)
            }
        }
    }

    @Test func `how many prompts there are is shown before a policy holds, and explained after`() async throws {
        try await CommandSite.with { site, _ async throws in
            try await add(["alice"], site)
            let path = try write(
                "lines: [{name: vpn, when: {applications: [vpn]}, then: {promptsPerDay: 9, suspendAfter: 2}}]", site)
            let tried = try await PolicyAdministration.apply(path, comment: "", dryRun: true, site.options)
            let sentence = tried.rendered(asJSON: false)
            #expect(
                sentence.contains("with at most this many prompts: 9 a day, 2 unanswered in a row; until now"),
                "\(sentence)")
            _ = try await PolicyAdministration.apply(path, comment: "", dryRun: false, site.options)
            let told = try await PolicyAdministration.explain(
                user: "alice", application: "vpn", address: nil, at: nil, site.options)
            #expect(told.json?["promptsPerTenMinutes"]?.integer == 5, "the configuration says it")
            #expect(told.json?["promptsPerDay"]?.integer == 9 && told.json?["suspendAfter"]?.integer == 2)
            #expect(told.rendered(asJSON: false).contains("5 in ten minutes and 9 a day without a success"))
        }
    }

    @Test func `an explanation tells of a ban of the telephone network, which takes no kind away that there is`()
        async throws
    {
        try await CommandSite.with { site, _ async throws in
            try await add(["alice"], site)
            let path = try write("defaults: {pstn: refuse}", site)
            _ = try await PolicyAdministration.apply(path, comment: "", dryRun: false, site.options)
            let told = try await PolicyAdministration.explain(
                user: "alice", application: "vpn", address: nil, at: nil, site.options)
            #expect(told.json?["pstnRefused"]?.boolean == true)
            #expect(told.json?["asked"] == ["device", "totp", "hotp", "recovery"])
            #expect(told.rendered(asJSON: false).contains("telephone network"))
        }
    }

    @Test func `what is wrong is refused whole, in sentences`() async throws {
        try await CommandSite.with { site, _ async throws in
            let missing = await fault { try await PolicyAdministration.check("\(site.folder)/none.yaml", site.options) }
            #expect(missing?.status == 1 && missing?.sentences.first?.contains("cannot be read") == true)
            let bad = try write("lines:\n  - {name: a, then: {action: perhaps}}\n  - {name: a, then: {}}\n", site)
            let told = await fault {
                try await PolicyAdministration.apply(bad, comment: "", dryRun: false, site.options)
            }
            #expect(told?.status == 1 && (told?.sentences.count ?? 0) >= 4, "\(told?.sentences ?? [])")
            #expect(told?.sentences.last?.contains("nothing was changed") == true)
            let stranger = try write(
                "lines: [{name: one, when: {users: [dave]}, then: {action: refuse}}]", site, "dave.yaml")
            let nobody = await fault {
                try await PolicyAdministration.apply(stranger, comment: "", dryRun: false, site.options)
            }
            #expect(nobody?.sentences.first == "“one”: there is no user “dave”.")
            for (text, part) in [
                ("a: &a [x]", "takes no anchors"), ("lines: []\nlines: []", "stands twice"),
                (String(repeating: "#", count: 300_000), "more than 256 KiB"),
            ] {
                let hostile = try write(text, site, "hostile.yaml")
                let refused = await fault {
                    try await PolicyAdministration.apply(hostile, comment: "", dryRun: false, site.options)
                }
                #expect(refused?.status == 1 && refused?.sentences.first?.contains(part) == true)
                #expect(refused?.sentences.last == "The policy has one fault; nothing was changed.")
            }
            #expect(
                await status { try await PolicyAdministration.revert(to: 5, comment: "", dryRun: true, site.options) }
                    == 1)
            #expect(await status { try await PolicyAdministration.show(nil, site.options) } == 1)
            #expect(
                await status { try await PolicyAdministration.history(before: nil, limit: 0, site.options) } == 2)
        }
    }
}

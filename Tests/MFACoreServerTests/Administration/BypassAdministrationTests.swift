// SPDX-License-Identifier: Apache-2.0
import MFACoreServer
import TestKit
import Testing

/// What `bypass add` and `bypass remove` do, without the process around them.
struct BypassAdministrationTests {
    private func add(_ name: String, _ site: CommandSite) async throws {
        _ = try await UserAdministration.add(
            name,
            UserAdministration.Fields(
                displayName: nil, email: nil, language: nil, preferredFactor: nil, isEnabled: nil, phones: []),
            site.options)
    }

    private func explained(_ site: CommandSite) async throws -> String? {
        try await PolicyAdministration.explain(
            user: "alice", application: "vpn", address: nil, at: nil, site.options
        ).json?["result"]?.text
    }

    @Test func `a bypass is issued, explained, shown and removed`() async throws {
        try await CommandSite.with { site, _ async throws in
            try await add("alice", site)
            let added = try await BypassAdministration.add("ALICE", reason: "phone at home", seconds: 60, site.options)
            #expect(added.json?["expiresAt"]?.text != nil)
            #expect(added.rendered(asJSON: false).contains("is let in without a factor"))
            #expect(try await explained(site) == "one_time_bypass")
            let shown = try await UserAdministration.show("alice", site.options)
            #expect(shown.json?["bypassUntil"]?.text == added.json?["expiresAt"]?.text)
            _ = try await BypassAdministration.remove("alice", site.options)
            #expect(try await explained(site) == "asked")
            var query = AuditAdministration.Query()
            query.event = "bypass.created"
            let row = try await AuditAdministration.list(query, site.options).json?["items"]?.items.first
            #expect(row?["actor"]?.text?.hasPrefix("cli:") == true)
            #expect(row?["detail"]?["reason"]?.text == "phone at home")
        }
    }

    @Test func `what does not fit is wrong usage, and the limit is a refusal`() async throws {
        try await CommandSite.with { site, _ async throws in
            try await add("alice", site)
            for (reason, seconds) in [("", 60), ("a\nb", 60), ("x", 9), ("x", 3601)] {
                let refused = await fault {
                    try await BypassAdministration.add("alice", reason: reason, seconds: seconds, site.options)
                }
                #expect(refused?.status == 2, "\(reason) \(seconds)")
            }
            let none = site.options("bypass.perAdministratorPerDay=0")
            let limited = await fault {
                try await BypassAdministration.add("alice", reason: "x", seconds: nil, none)
            }
            #expect(limited?.status == 1 && limited?.sentences.first?.contains("bypasses a day") == true)
            #expect(await status { try await BypassAdministration.remove("nobody", site.options) } == 1)
        }
    }
}

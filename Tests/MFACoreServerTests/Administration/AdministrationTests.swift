// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import MFACoreServer
import TestKit
import Testing

/// What commands do, without the process around them.
struct AdministrationTests {
    private func person(email: String? = nil, phones: [String] = []) -> UserAdministration.Fields {
        UserAdministration.Fields(
            displayName: nil, email: email, language: nil, preferredFactor: nil, isEnabled: nil, phones: phones)
    }

    private func factor(secretBase32: String? = nil) -> FactorAdministration.Fields {
        FactorAdministration.Fields(
            name: nil, digits: nil, algorithm: nil, periodSeconds: nil, counter: nil, secretBase32: secretBase32)
    }

    private func query(
        _ user: String?, _ event: String?, _ before: Int64?, _ limit: Int
    ) -> AuditAdministration.Query {
        var query = AuditAdministration.Query()
        (query.user, query.event, query.before, query.limit) = (user, event, before, limit)
        return query
    }

    @Test func `a person is added, changed and removed by the rule that serves`() async throws {
        try await CommandSite.with { site, _ async throws in
            let added = try await UserAdministration.add(
                "Alice", person(phones: ["mobile:+15551230000"]), site.options)
            #expect(added.json?["username"]?.text == "Alice" && added.json?["phones"]?.items.count == 1)
            #expect(added.rendered(asJSON: false).contains("+15551230000 (mobile)"))
            #expect(await status { try await UserAdministration.add(" ALICE", person(), site.options) } == 1)
            let set = try await UserAdministration.set(
                "alice", person(email: "a@example.org"), password: "correct horse", site.options)
            #expect(set.json?["email"]?.text == "a@example.org" && set.json?["hasPassword"]?.boolean == true)
            let blocked = try await UserAdministration.block("alice", reason: "lost", site.options)
            #expect(blocked.json?["blockedReason"]?.text == "lost")
            #expect(try await UserAdministration.unblock("alice", site.options).json?["blocked"]?.boolean == false)
            _ = try await UserAdministration.unlock("alice", site.options)
            let list = try await UserAdministration.list(search: "ali", after: nil, limit: 10, site.options)
            #expect(list.json?["items"]?.items.count == 1 && list.json?["next"] == .null)
            _ = try await UserAdministration.remove("alice", site.options)
            #expect(await status { try await UserAdministration.show("alice", site.options) } == 1)
        }
    }

    @Test func `a person is blocked for days or for good, enabled and disabled`() async throws {
        try await CommandSite.with { site, _ async throws in
            _ = try await UserAdministration.add("alice", person(), site.options)
            let usual = try await UserAdministration.block("alice", reason: "lost", site.options)
            #expect(usual.json?["blockedUntil"]?.text != nil && usual.json?["blockedAt"]?.text != nil)
            #expect(usual.rendered(asJSON: false).contains("blocked until"))
            let endless = try await UserAdministration.block(
                "alice", reason: "left", untilUnblocked: true, site.options)
            #expect(endless.json?["blockedUntil"] == nil && endless.json?["blockedReason"]?.text == "left")
            for (days, untilUnblocked) in [(0, false), (3651, false), (1, true)] {
                let refused = await fault {
                    try await UserAdministration.block(
                        "alice", reason: "x", days: days, untilUnblocked: untilUnblocked, site.options)
                }
                #expect(refused?.status == 2)
            }
            _ = try await UserAdministration.unblock("alice", reason: "back", site.options)
            let disabled = try await UserAdministration.setEnabled("alice", false, site.options)
            #expect(disabled.json?["enabled"]?.boolean == false)
            let enabled = try await UserAdministration.setEnabled("alice", true, site.options)
            #expect(enabled.json?["enabled"]?.boolean == true)
            var query = AuditAdministration.Query()
            query.event = "user.unblocked"
            let audit = try await AuditAdministration.list(query, site.options)
            #expect(audit.json?["items"]?.items.first?["detail"]?["reason"]?.text == "back")
        }
    }

    @Test func `what does not fit is wrong usage, and changes nothing`() async throws {
        try await CommandSite.with { site, database async throws in
            _ = try await UserAdministration.add("alice", person(), site.options)
            for fields in [person(phones: ["+15551230000"]), person(email: "alice")] {
                let refused = await fault { try await UserAdministration.add("bob", fields, site.options) }
                #expect(refused?.status == 2)
            }
            let short = await fault {
                try await UserAdministration.set("alice", person(), password: "short", site.options)
            }
            #expect(short?.status == 2)
            #expect(await status { try await UserAdministration.block("alice", reason: "", site.options) } == 2)
            for limit in [0, 1001] {
                let refused = await fault {
                    try await UserAdministration.list(search: nil, after: nil, limit: limit, site.options)
                }
                #expect(refused?.status == 2)
            }
            let audit = try await AuditAdministration.list(query(nil, nil, nil, 10), site.options)
            let events = audit.json?["items"]?.items.map { $0["event"]?.text }
            #expect(events == ["user.created", "instance.activated"])
        }
    }

    // R17: the audit is asked for a person in any spelling.
    @Test func `the audit of a person is found by the name in its domain`() async throws {
        try await CommandSite.with { site, _ async throws in
            _ = try await UserAdministration.add("alice", person(), site.options)
            let options = site.options("identity.domains=EXAMPLE,example.org")
            for name in ["alice", "EXAMPLE\\Alice", "alice@example.org"] {
                let audit = try await AuditAdministration.list(query(name, nil, nil, 10), options)
                #expect(audit.json?["items"]?.items.map { $0["event"]?.text } == ["user.created"], "\(name)")
            }
            let stranger = await fault {
                try await AuditAdministration.list(query("OTHER\\alice", nil, nil, 10), options)
            }
            #expect(stranger?.status == 1)
        }
    }

    @Test func `a factor shows its secret once, an imported one never`() async throws {
        try await CommandSite.with { site, _ async throws in
            _ = try await UserAdministration.add("alice", person(), site.options)
            let made = try await FactorAdministration.add("totp", to: "alice", factor(), site.options)
            let secret = try #require(made.json?["secretBase32"]?.text)
            let imported = try await FactorAdministration.add(
                "hotp", to: "alice", factor(secretBase32: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), site.options)
            #expect(imported.json?["state"]?.text == "active" && imported.json?["secretBase32"] == nil)
            let list = try await FactorAdministration.list("alice", site.options)
            #expect(list.json?["items"]?.items.map { $0["kind"]?.text } == ["totp", "hotp"])
            #expect(!list.rendered(asJSON: true).contains(secret))
            let id = try #require(made.json?["id"]?.text)
            _ = try await FactorAdministration.remove(id, of: "alice", site.options)
            #expect(await status { try await FactorAdministration.remove(id, of: "alice", site.options) } == 1)
            #expect(await status { try await FactorAdministration.remove("x", of: "alice", site.options) } == 2)
            #expect(await status { try await FactorAdministration.list("nobody", site.options) } == 1)
        }
    }

    // R79
    @Test func `recovery codes are shown once, and how many are left always`() async throws {
        try await CommandSite.with { site, _ async throws in
            _ = try await UserAdministration.add("alice", person(), site.options)
            let made = try await FactorAdministration.add("recovery", to: "alice", factor(), site.options)
            let codes = made.json?["recoveryCodes"]?.items.compactMap(\.text) ?? []
            #expect(codes.count == 10)
            let shown = made.rendered(asJSON: false)
            #expect(codes.allSatisfy { shown.contains($0) } && shown.contains("cannot be shown again"))
            let list = try await FactorAdministration.list("alice", site.options)
            #expect(list.json?["items"]?.items.first?["codesRemaining"]?.integer == 10)
            #expect(!list.rendered(asJSON: true).contains(codes[0]))
            let digits = FactorAdministration.Fields(
                name: nil, digits: 8, algorithm: nil, periodSeconds: nil, counter: nil, secretBase32: nil)
            #expect(
                await status { try await FactorAdministration.add("recovery", to: "alice", digits, site.options) } == 2)
        }
    }

    // R69
    @Test func `an account shows its secret once, and holds a scope that stands alone alone`() async throws {
        try await CommandSite.with { site, _ async throws in
            let added = try await ServiceAccountAdministration.add(
                "vpn", .init(scopes: ["authenticate"], application: "VPN", networks: ["10.0.0.0/8"]), site.options)
            let secret = try #require(added.json?["secret"]?.text)
            let list = try await ServiceAccountAdministration.list(site.options)
            #expect(!list.rendered(asJSON: true).contains(secret))
            #expect(list.json?["items"]?.items.first?["networks"] == ["10.0.0.0/8"])
            _ = try await ServiceAccountAdministration.disable("vpn", site.options)
            _ = try await ServiceAccountAdministration.remove("vpn", site.options)
            for (name, scopes, application, network) in [
                ("Vpn", ["authenticate"], "VPN", "10.0.0.0/8"), ("a", [], "VPN", "10.0.0.0/8"),
                ("a", ["root"], "VPN", "10.0.0.0/8"), ("a", ["mobile", "authenticate"], "VPN", "10.0.0.0/8"),
                ("a", ["portal", "manage-users"], "VPN", "10.0.0.0/8"), ("a", ["authenticate"], "", "10.0.0.0/8"),
                ("a", ["authenticate"], "VPN", "10.0.0.1/8"), ("a", ["authenticate"], "VPN", "10.0.0.0/33"),
                ("a", ["authenticate"], "VPN", "2001:db8::/129"), ("a", ["authenticate"], "VPN", "ten"),
            ] {
                let refused = await fault {
                    try await ServiceAccountAdministration.add(
                        name, .init(scopes: scopes, application: application, networks: [network]), site.options)
                }
                #expect(refused?.status == 2, "\(name) \(scopes) \(application) \(network)")
            }
            #expect(try await ServiceAccountAdministration.list(site.options).json?["items"]?.items.isEmpty == true)
        }
    }

    @Test func `the audit is listed page by page, and drives no terminal`() async throws {
        try await CommandSite.with { site, _ async throws in
            for name in ["alice", "bob\u{202E}x"] { _ = try await UserAdministration.add(name, person(), site.options) }
            let first = try await AuditAdministration.list(query(nil, "user.created", nil, 1), site.options)
            #expect(first.json?["items"]?.items.count == 1)
            #expect(first.rendered(asJSON: false).contains("bob\\u{202e}x"))
            let before = try #require(first.json?["next"]?.text.flatMap { Int64($0) })
            let second = try await AuditAdministration.list(query(nil, "user.created", before, 1), site.options)
            #expect(second.json?["items"]?.items.first?["detail"]?["username"]?.text == "alice")
            let person = try await AuditAdministration.list(query("ALICE", nil, nil, 9), site.options)
            #expect(person.json?["items"]?.items.count == 1)
            let nobody = await fault {
                try await AuditAdministration.list(query("nobody", nil, nil, 9), site.options)
            }
            #expect(nobody?.status == 1)
            for form in [first.rendered(asJSON: true), first.renderedAsCSV, first.rendered(asJSON: false)] {
                #expect(!form.contains("\u{202E}"))
            }
            #expect(first.renderedAsCSV.split(separator: "\r\n").count == 2)
            let id = try #require(first.json?["items"]?.items.first?["id"]?.integer)
            let shown = try await AuditAdministration.show(Int64(id), site.options)
            #expect(shown.json?["event"]?.text == "user.created" && shown.json?["transaction"]?.text != nil)
            #expect(shown.rendered(asJSON: false).contains("detail username"))
            #expect(await status { try await AuditAdministration.show(-1, site.options) } == 1)
        }
    }

    @Test func `a filter that makes no sense is wrong usage`() async throws {
        try await CommandSite.with { site, _ async throws in
            for (since, until, signIn) in [
                ("yesterday", nil, nil), (nil, "7y", nil), (nil, "-1d", nil), (nil, "2026-02-30", nil), (nil, nil, "1"),
            ] as [(String?, String?, String?)] {
                var query = self.query(nil, nil, nil, 9)
                (query.since, query.until, query.signIn) = (since, until, signIn)
                #expect(await status { try await AuditAdministration.list(query, site.options) } == 2)
            }
            for since in ["5m", "24h", "1d", "2026-01-01", "2026-01-01T00:00:00Z"] {
                var query = self.query(nil, nil, nil, 9)
                query.since = since
                let list = try await AuditAdministration.list(query, site.options)
                #expect(list.json?["items"]?.items.count == 1, "\(since)")
            }
        }
    }

    @Test func `the schema's state is told, and migrating again changes nothing`() async throws {
        try await CommandSite.with { site, _ async throws in
            let items = try await SchemaAdministration.status(site.options).json?["items"]?.items ?? []
            #expect(!items.isEmpty && items.allSatisfy { $0["state"]?.text == "applied" })
            #expect(try await SchemaAdministration.migrate(site.options).json?["items"]?.items.isEmpty == true)
        }
    }

    @Test func `a database that does not answer is told in a sentence, without its password`() async throws {
        try await CommandSite.with { site, _ async throws in
            let port = try LocalPort.unused()
            let options = site.options("database.url=host=127.0.0.1 port=\(port) user=x dbname=y")
            let refused = await fault { try await UserAdministration.show("alice", options) }
            #expect(refused?.status == 1 && refused?.sentences.count == 1)
        }
    }
}

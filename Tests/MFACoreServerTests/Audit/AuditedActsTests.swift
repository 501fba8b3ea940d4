// SPDX-License-Identifier: Apache-2.0
import MFACoreServer
import MFAAPI
import TestKit
import Testing

/// R87: every administrative act tells what it changed, at the command line and over HTTP, and no secret stands in it.
@Suite(.timeLimit(.minutes(3)))
struct AuditedActsTests {
    private func fields(
        email: String? = nil, phones: [String] = [], joined: [String] = [], isEnabled: Bool? = nil
    ) -> UserAdministration.Fields {
        UserAdministration.Fields(
            displayName: nil, email: email, language: nil, preferredFactor: nil, joined: joined, isEnabled: isEnabled,
            phones: phones)
    }

    /// The changes of the latest row of `event`, as the command line tells them.
    private func changes(_ event: String, _ site: CommandSite) async throws -> JSON {
        var query = AuditAdministration.Query()
        (query.event, query.limit) = (event, 1)
        let row = try await AuditAdministration.list(query, site.options).json?["items"]?.items.first
        return try #require(row?["changes"], "\(event): \(String(describing: row))")
    }

    @Test func `people and factors, at the command line`() async throws {
        try await CommandSite.with { site, _ async throws in
            _ = try await UserAdministration.add(
                "alice", fields(phones: ["mobile:+15551230000"], joined: ["guests"]), site.options)
            #expect(try await changes("user.created", site)["groups"] == [.null, ["guests"]])
            _ = try await UserAdministration.set(
                "alice", fields(email: "a\u{202E}@example.org", isEnabled: false), password: "correct horse",
                site.options)
            let changed = try await changes("user.updated", site)
            #expect(changed.keys == ["email", "enabled"] && changed["enabled"] == [true, false])
            #expect(changed["email"]?.items.last?.text == "a\\u{202e}@example.org")
            #expect(try await changes("user.password_set", site)["password"] == [.null, "***"])
            _ = try await UserAdministration.block("alice", reason: "lost", site.options)
            #expect(try await changes("user.blocked", site)["blockedReason"] == [.null, "lost"])
            _ = try await UserAdministration.unblock("alice", site.options)
            #expect(try await changes("user.unblocked", site)["blockedReason"] == ["lost", .null])
            let made = try await FactorAdministration.add(
                "totp", to: "alice",
                .init(name: nil, digits: nil, algorithm: nil, periodSeconds: nil, counter: nil, secretBase32: nil),
                site.options)
            let (id, secret) = (try #require(made.json?["id"]?.text), try #require(made.json?["secretBase32"]?.text))
            #expect(try await changes("factor.added", site)["secret"] == [.null, "***"])
            _ = try await FactorAdministration.remove(id, of: "alice", site.options)
            #expect(try await changes("factor.removed", site)["kind"] == ["totp", .null])
            _ = try await UserAdministration.remove("alice", site.options)
            #expect(try await changes("user.deleted", site)["username"] == ["alice", .null])
            let all = try await AuditAdministration.list(AuditAdministration.Query(), site.options)
            for form in [all.rendered(asJSON: true), all.rendered(asJSON: false), all.renderedAsCSV] {
                #expect(!form.contains(secret) && !form.contains("correct horse"))
            }
            #expect(all.rendered(asJSON: false).contains("changed=enabled"))
        }
    }

    @Test func `service accounts, with the ids of their secrets alone`() async throws {
        try await CommandSite.with { site, _ async throws in
            let added = try await ServiceAccountAdministration.add(
                "vpn", .init(scopes: ["authenticate"], application: "VPN", networks: ["10.0.0.0/8"]), site.options)
            let secret = try #require(added.json?["secret"]?.text)
            let made = try await changes("service_account.added", site)
            #expect(made["scopes"] == [.null, ["authenticate"]] && made["networks"] == [.null, ["10.0.0.0/8"]])
            let name = try #require(made["secrets"]?.items.last?.items.first?.text)
            #expect(secret.contains(name) && secret != name)
            _ = try await ServiceAccountAdministration.set("vpn", .init(ratePerSecond: 5), site.options)
            #expect(try await changes("service_account.limited", site) == ["ratePerSecond": [.null, 5]])
            _ = try await ServiceAccountAdministration.rotate(
                "vpn", certificates: .init(), overlapSeconds: 60, site.options)
            let rotated = try await changes("service_account.rotated", site)
            #expect(rotated["secrets"]?.items.first == [.string(name)])
            #expect(rotated["secrets"]?.items.last?.items.first?.text?.hasPrefix("\(name) until 20") == true)
            #expect(rotated["secrets"]?.items.last?.items.count == 2)
            _ = try await ServiceAccountAdministration.disable("vpn", site.options)
            #expect(try await changes("service_account.disabled", site).keys == ["disabledAt"])
            _ = try await ServiceAccountAdministration.remove("vpn", site.options)
            let removed = try await changes("service_account.removed", site)
            #expect(removed["secrets"]?.items.last == .null && removed["removedAt"]?.items.first == .null)
            let all = try await AuditAdministration.list(AuditAdministration.Query(), site.options)
            #expect(!all.rendered(asJSON: true).contains(secret))
        }
    }

    @Test func `a policy tells which of its lines are new, changed, moved and gone`() async throws {
        try await CommandSite.with { site, _ async throws in
            let path = "\(site.folder)/policy.yaml"
            let first = "{name: a, when: {applications: [vpn]}, then: {action: refuse}}"
            let second = "{name: b, when: {groups: [guests]}, then: {factors: [totp]}}"
            for lines in ["[\(first), \(second)]", "[\(second)]"] {
                try Workshop.write("lines: \(lines)\n", to: path)
                _ = try await PolicyAdministration.apply(path, comment: "", dryRun: false, site.options)
            }
            let applied = try await changes("policy.applied", site)
            #expect(applied.keys == ["lines", "lines.a.then", "lines.a.when", "sourceSHA256"])
            #expect(applied["lines"] == [["a", "b"], ["b"]])
            #expect(applied["lines.a.then"] == [#"{"action":"refuse"}"#, .null])
            _ = try await PolicyAdministration.revert(to: 1, comment: "", dryRun: false, site.options)
            let reverted = try await changes("policy.reverted", site)
            #expect(reverted["lines.a.then"] == [.null, #"{"action":"refuse"}"#])
            #expect(reverted["sourceSHA256"]?.items.last == applied["sourceSHA256"]?.items.first)
        }
    }

    /// What the latest row of `event` holds, as the superuser reads it.
    private func stored(_ event: String, _ door: CoreDoor) async throws -> JSON {
        let text = try await door.value(
            """
            select (detail -> 'changes')::text as t from core.audit_event where event = '\(event)'
            order by id desc limit 1
            """)
        return try #require(JSON(parsing: Array((text ?? "").utf8)), "\(event)")
    }

    @Test func `people, factors and phones, over HTTP`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser("alice", ["email": "a@example.org"])
            _ = try await door.send(
                .updateUser, ["email": .null, "phones": [["kind": "home", "number": "+15551230000"]]])
            let changed = try await stored("user.updated", door)
            #expect(changed == ["email": ["a@example.org", .null], "phones": [.null, ["home +15551230000"]]])
            _ = try await door.send(.blockUser, ["reason": "lost"])
            #expect(try await stored("user.blocked", door)["blockedReason"] == [.null, "lost"])
            _ = try await door.send(.unblockUser)
            #expect(try await stored("user.unblocked", door)["blockedReason"] == ["lost", .null])
            let token = try await door.addToken()
            #expect(try await stored("factor.added", door)["secret"] == [.null, "***"])
            for _ in 0..<2 { _ = try await door.check("alice", RFC4226.wrongPasscode) }
            _ = try await door.send(.unlockUser)
            #expect(try await stored("user.unlocked", door)["factor.\(token).failures"] == [2, .null])
            let activation = try await door.send(.createActivation)
            #expect(try await stored("activation.created", door)["secret"] == [.null, "***"])
            _ = try await door.send(.deleteFactor, id: token)
            #expect(try await stored("factor.removed", door)["kind"] == ["hotp", .null])
            let all = try await door.value("select string_agg(e::text, ' ') as t from core.audit_event e") ?? ""
            for secret in [RFC4226.secretHex, activation["secret"], activation["code"]] {
                let text = try #require(secret)
                #expect(!all.contains(text))
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import TestKit
import Testing

/// `mfa-core user`, `factor` and `audit` as a program.
struct UserCommandTests {
    private func withProgram(_ body: (CoreProgram) async throws -> Void) async throws {
        try await withCoreDatabase(isActivated: false) { core in
            try await TemporaryFolder.with { folder in
                let program = try CoreProgram(core, in: folder)
                let outcome = try await program.run("activate")
                try #require(outcome.status == 0, "\(outcome.errors)")
                try await body(program)
            }
        }
    }

    @Test func `a person is added, changed, blocked and removed, and each act is audited`() async throws {
        try await withProgram { program in
            let added = try await program.run(
                "user", "add", "Alice", "--display-name", "Alice Adams", "--phone", "mobile:+15551230000", "--json")
            #expect(added.status == 0, "\(added.errors)")
            #expect(try added.document()["enabled"] as? Bool == true)
            // R17: the same person in another spelling.
            #expect(try await program.run("user", "add", "ＡＬＩＣＥ").status == 1)
            let changed = try await program.run(
                "user", "set", "alice", "--email", "a@example.org", "--display-name", "", "--disable-sign-in", "--json")
            #expect(changed.status == 0, "\(changed.errors)")
            #expect(try changed.document()["email"] as? String == "a@example.org")
            #expect(try changed.document()["displayName"] == nil)
            #expect(try changed.document()["enabled"] as? Bool == false)
            let blocked = try await program.run("user", "block", "alice", "--reason", "phone lost", "--json")
            #expect(try blocked.document()["blockedReason"] as? String == "phone lost")
            #expect(try blocked.document()["blockedUntil"] is String)
            #expect(try await program.run("user", "unblock", "alice", "--reason", "found").status == 0)
            #expect(try await program.run("user", "unlock", "alice").status == 0)
            #expect(try await program.run("user", "list").output.contains("Alice"))
            #expect(try await program.run("user", "remove", "alice").status == 2)
            #expect(try await program.run("user", "remove", "alice", "--yes").status == 0)
            #expect(try await program.run("user", "show", "alice").status == 1)
            let items = try await program.run("audit", "list", "--json").document()["items"] as? [[String: Any]]
            #expect(
                items?.compactMap { $0["event"] as? String } == [
                    "user.deleted", "user.unlocked", "user.unblocked", "user.blocked", "user.updated", "user.created",
                    "instance.activated",
                ])
            let updated = items?.first { $0["event"] as? String == "user.updated" }?["detail"] as? [String: String]
            #expect(updated == ["username": "Alice", "enabled": "false"])
            #expect(items?.allSatisfy { ($0["actor"] as? String)?.hasPrefix("cli:") == true } == true)
        }
    }

    @Test func `what new people begin with is set, shown, and left to whoever says otherwise`() async throws {
        try await withProgram { program in
            _ = try await program.run("user", "add", "alice")
            let usual = try await program.run("user", "defaults", "show", "--json").document()
            #expect(usual["enabled"] as? Bool == true && usual["language"] == nil)
            let set = try await program.run(
                "user", "defaults", "set", "--language", "de", "--add-group", "staff", "--preferred-factor", "push",
                "--disable-sign-in", "--json")
            #expect(set.status == 0, "\(set.errors)")
            #expect(try set.document()["groups"] as? [String] == ["staff"])
            let bob = try await program.run("user", "add", "bob", "--json").document()
            #expect(bob["language"] as? String == "de" && bob["preferredFactor"] as? String == "push")
            #expect(bob["groups"] as? [String] == ["staff"] && bob["enabled"] as? Bool == false)
            let carol = try await program.run(
                "user", "add", "carol", "--enabled", "--language", "", "--add-group", "guests", "--json"
            ).document()
            #expect(carol["language"] == nil && carol["preferredFactor"] as? String == "push")
            #expect(carol["groups"] as? [String] == ["guests"] && carol["enabled"] as? Bool == true)
            let alice = try await program.run("user", "show", "alice", "--json").document()
            #expect(alice["language"] == nil && alice["enabled"] as? Bool == true)
            for wrong in [["set"], ["set", "--language", "d"], ["set", "--preferred-factor", "sms"], ["unset"]] {
                #expect(try await program.start(["user", "defaults"] + wrong).outcome().status == 2, "\(wrong)")
            }
            #expect(try await program.run("user", "add", "dave", "--enabled", "--disabled").status == 2)
        }
    }

    @Test func `a password comes by standard input and is shown nowhere`() async throws {
        try await withProgram { program in
            _ = try await program.run("user", "add", "bob")
            let set = try await program.run("user", "set", "bob", "--password-stdin", "--json", input: "pässword-1\n")
            #expect(set.status == 0, "\(set.errors)")
            #expect(try set.document()["hasPassword"] as? Bool == true)
            #expect(!set.output.contains("pässword"))
            #expect(try await program.run("user", "set", "bob", "--password-stdin", input: "short").status == 2)
            let removed = try await program.run("user", "set", "bob", "--password-stdin", "--json", input: "\n")
            #expect(try removed.document()["hasPassword"] as? Bool == false)
            let audit = try await program.run("audit", "list", "--user", "bob", "--json")
            #expect(audit.output.contains("user.password_set") && !audit.output.contains("pässword"))
        }
    }

    @Test func `a factor shows its secret once, and an imported one never`() async throws {
        try await withProgram { program in
            _ = try await program.run("user", "add", "carol")
            let made = try await program.run("factor", "add", "carol", "--kind", "totp", "--digits", "8", "--json")
            #expect(made.status == 0, "\(made.errors)")
            let secret = try #require(try made.document()["secretBase32"] as? String)
            #expect(
                (try made.document()["otpauthURI"] as? String)?.hasPrefix("otpauth://totp/Countersign:carol?") == true)
            let imported = try await program.run(
                "factor", "add", "carol", "--kind", "hotp", "--counter", "7", "--secret-base32-stdin", "--json",
                input: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n")
            #expect(imported.status == 0, "\(imported.errors)")
            #expect(try imported.document()["state"] as? String == "active")
            #expect(!imported.output.contains("GEZDGNBV"))
            let listed = try await program.run("factor", "list", "carol", "--json")
            let items = try listed.document()["items"] as? [[String: Any]]
            #expect(items?.compactMap { $0["kind"] as? String } == ["totp", "hotp"])
            #expect(!listed.output.contains(secret))
            let id = try #require(items?.first?["id"] as? String)
            #expect(try await program.run("factor", "remove", "carol", id, "--yes").status == 0)
            #expect(try await program.run("factor", "remove", "carol", id, "--yes").status == 1)
            #expect(try await program.run("factor", "add", "nobody", "--kind", "totp").status == 1)
            #expect(try await program.run("factor", "add", "carol", "--kind", "device").status == 2)
        }
    }
}

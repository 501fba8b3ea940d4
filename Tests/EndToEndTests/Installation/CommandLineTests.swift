// SPDX-License-Identifier: Apache-2.0
import Foundation
import Postgres
import Primitives
import Testing
import TestKit

extension EndToEnd.Standing {
    /// The administrators' command line on an installation that runs: it writes, the services see it.
    @Suite struct CommandLine {
        let world: World

        init() throws { world = try World.current }

        @Test func `a person made on the command line signs in over HTTP, and the audit tells`() async throws {
            let name = "cli-\(Workshop.unique())"
            try await world.core("user", ["add", name, "--display-name", "Walker"])
            let secret = SystemRandomSource().bytes(20)
            try await world.core(
                "factor", ["add", name, "--kind", "hotp", "--secret-base32-stdin"], input: Base32.encode(secret) + "\n")
            let user = try await world.expect(200, "GET", "/users/\(name)")
            let person = Person(name: name, id: try #require(user["id"]?.text))
            let token = Token(person: person, factorID: "", secret: SecretBytes(secret))
            #expect(try await world.state(of: token.passcode(counter: 0), by: person) == "approved")
            try await world.core("user", ["block", name, "--reason", "left the company"])
            #expect(try await world.state(of: token.passcode(counter: 1), by: person) == "denied")
            try await world.core("user", ["unblock", name])
            #expect(try await world.state(of: token.passcode(counter: 1), by: person) == "approved")
            let listed = try await world.core("audit", ["list", "--user", name, "--json"])
            let events = JSON(parsing: Array(listed.utf8))?["items"]?.items.compactMap { $0["event"]?.text } ?? []
            #expect(Set(events).isSuperset(of: ["user.created", "factor.added", "otp.ok", "user.blocked"]))
            #expect(!listed.contains(token.passcode(counter: 0)))
            let refused = try await world.tryCore(["user", "remove", name])
            #expect(refused.status == 2 && refused.errors.contains("--yes"))
            try await world.core("user", ["remove", name, "--yes"])
            #expect(try await world.call("GET", "/users/\(name)").status == 404)
            #expect(try await world.tryCore(["user", "show", name]).status == 1)
        }

        // R70: what the command line ends, the services end at once.
        @Test func `an account that is disabled or removed opens nothing within two seconds`() async throws {
            for act in ["disable", "remove"] {
                let name = "temporary-\(Workshop.unique())"
                try await world.addAccount(name, "--scope", "authenticate")
                let body: JSON = ["user": "nobody-at-all", "factor": "passcode", "passcode": "123456"]
                #expect(try await world.call("POST", "/sign-ins", body, as: name).status == 200)
                try await world.core("service-account", [act, name, "--yes"])
                try await eventually("the account is refused", within: .seconds(3)) {
                    try await world.call("POST", "/sign-ins", body, as: name).status == 401
                }
                let again = try await world.tryCore(["service-account", "add", name, "--scope", "authenticate"])
                #expect(again.status == 1, "a name is never given twice")
            }
        }

        @Test func `wrong usage ends with 2 and changes nothing`() async throws {
            // The services go on writing meanwhile, such as sums of refused credentials.
            let acts = "select count(*) from core.audit_event where actor like 'cli:%'"
            let before = try await world.number(acts)
            for arguments in [
                ["service-account", "add", "x"], ["service-account", "add", "x", "--scope", "root"],
                ["service-account", "add", "x", "--scope", "mobile", "--scope", "manage-users"],
                ["service-account", "add", "UPPER", "--scope", "authenticate"], ["user"], ["user", "add"],
                ["certificate", "issue", "nothing", "--host", "localhost", "--out", world.folder],
                ["factor", "add", "x", "--kind", "sms"], ["user", "list", "--limit", "0"],
            ] {
                let end = try await world.tryCore(arguments)
                #expect(end.status == 2 || arguments == ["user"], "\(arguments): \(end.status) \(end.errors)")
            }
            #expect(try await world.number(acts) == before)
        }

        @Test(arguments: Service.allCases)
        func `a configuration with five faults lists five`(service: Service) async throws {
            var settings = try await world.settings(of: service)
            let file = "\(world.folder)/configuration/check-\(service.rawValue).yaml"
            try Workshop.write(SettingsFile(settings).yaml, to: file)
            let sound = try await checkConfig(service, file)
            #expect(sound.status == 0, "\(sound.errors)")
            let secrets = ["core", "sdk", "portal"].compactMap {
                try? String(contentsOfFile: "\(world.folder)/passwords/\($0).password", encoding: .utf8)
            }
            #expect(secrets.count == 3 && !secrets.contains { sound.output.contains($0) })
            settings["log.level"] = "loud"
            settings["listener.port"] = "99999"
            settings["admin.port"] = "http"
            settings["listener.certificate"] = "/nonexistent/certificate.pem"
            settings["listener.prot"] = "1"
            try Workshop.write(SettingsFile(settings).yaml, to: file)
            for command in ["check-config", "serve"] {
                let end = try await checkConfig(service, file, command)
                let lines = end.errors.split(separator: "\n")
                #expect(end.status == 1 && lines.count == 5, "\(command): \(end.errors)")
                for key in ["log.level", "listener.port", "admin.port", "listener.certificate", "listener.prot"] {
                    #expect(lines.contains { $0.contains("\(key):") }, "\(command): \(key)")
                }
            }
        }

        // R99
        @Test func `mobileapp-service holds no key of the suite and no way to the database`() async throws {
            for copy in world.copies(of: .mobile) {
                let pid = copy.process.pid
                let environment = try String(contentsOfFile: "/proc/\(pid)/environ", encoding: .utf8)
                let line = try String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8)
                let file = try String(
                    contentsOfFile: "\(world.folder)/configuration/\(copy.name).yaml", encoding: .utf8)
                for word in ["database", "postgres", "masterkey", "master_key", "mfa_", "cs_"] {
                    for text in [environment, line, file] { #expect(!text.lowercased().contains(word), "\(word)") }
                }
            }
            let users = try await world.sql(
                "select distinct usename::text as name from pg_stat_activity where usename is not null")
            let names = Set(try users.map { try $0.text("name") })
            #expect(names == ["mfa_core", "mfa_sdk", "mfa_portal", "postgres"])
        }

        private func checkConfig(
            _ service: Service, _ file: String, _ command: String = "check-config"
        ) async throws -> ChildProcess.End {
            try await ChildProcess.run(.init(try Workshop.program(service.rawValue), [command, "--config", file]))
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import TestKit

extension EndToEnd.Standing {
    /// R99: what the environment, the arguments, the configuration and the open files of each running service hold.
    @Suite struct Holdings {
        let world: World

        init() throws { world = try World.current }

        /// The files of the world that a service may know of, by hand (security-requirements.md §5.3).
        private static let files: [Service: [String]] = [
            .core: ["passwords/core.password", "passwords/migrate.password", "keys/", "certificates/mfa-core/"],
            .sdk: ["passwords/sdk.password", "certificates/sdk-service/"],
            .portal: ["passwords/portal.password", "secrets/portal.secret", "certificates/user-portal/"],
            .mobile: ["secrets/mobile.secret", "certificates/mobileapp-service/"],
        ]

        /// Whom a service calls.
        private static let callees: [Service: [Service]] = [.core: [], .sdk: [.core], .portal: [.sdk], .mobile: [.sdk]]

        // R99
        @Test func `a service knows its own files and nobody else's`() async throws {
            for copy in world.allCopies {
                let path = "\(world.folder)/configuration/\(copy.name).yaml"
                let text = try String(contentsOfFile: path, encoding: .utf8)
                let named = text.split(whereSeparator: { " \n\"'[],".contains($0) }).compactMap { word in
                    word.hasPrefix(world.folder + "/") ? String(word.dropFirst(world.folder.count + 1)) : nil
                }
                #expect(!named.isEmpty)
                for file in named {
                    let isOwn = Self.files[copy.service, default: []].contains { file.hasPrefix($0) }
                    #expect(isOwn, "\(copy.name) names \(file)")
                }
                for open in ProcessView(copy.process.pid).openFiles where open.hasPrefix(world.folder) {
                    Issue.record("\(copy.name) keeps \(open) open")
                }
                if copy.service == .mobile {
                    for word in ["database", "postgres", "masterkey", "master_key", "mfa_"] {
                        #expect(!text.lowercased().contains(word), "\(copy.name): \(word)")
                    }
                }
            }
        }

        // R99, R83
        @Test func `environment and arguments hold no secret, and no word about the database but where it belongs`()
            async throws
        {
            let secrets = try heldSecrets()
            #expect(secrets.count >= 10)
            for copy in world.allCopies {
                let view = ProcessView(copy.process.pid)
                #expect(view.commandLine.count == 4, "\(view.commandLine)")
                let readable = String(decoding: view.readable, as: UTF8.self)
                for (name, secret) in secrets { #expect(!readable.contains(secret), "\(copy.name) shows \(name)") }
                for variable in view.environment ?? [] {
                    let upper = variable.uppercased()
                    for word in ["DATABASE", "PASSWORD", "MASTER_KEY", "SECRET", "POSTGRES", "PGPASS"] {
                        #expect(!upper.contains(word), "\(copy.name): \(variable)")
                    }
                }
            }
        }

        // R99: the public service has no way to the database, and none to mfa-core.
        @Test func `a service is connected with those that it may call and nobody else`() async throws {
            var listeners: [Int: String] = [world.postgres.port: "PostgreSQL"]
            var expected: [Service: Set<Int>] = [:]
            for copy in world.allCopies {
                let port = try await copy.port()
                listeners[port] = copy.service.rawValue
                expected[copy.service, default: []].insert(port)
            }
            for copy in world.allCopies {
                // Each was ready a moment ago, so it has connections; ask once more for those that are opened by need.
                let ports = ProcessView(copy.process.pid).remotePorts.intersection(listeners.keys)
                var allowed = Set(Self.callees[copy.service, default: []].flatMap { expected[$0, default: []] })
                if copy.service != .mobile { allowed.insert(world.postgres.port) }
                let foreign = ports.subtracting(allowed).compactMap { listeners[$0] }
                #expect(foreign.isEmpty, "\(copy.name) is connected to \(foreign)")
                if copy.service != .mobile { #expect(ports.contains(world.postgres.port), "\(copy.name)") }
            }
        }

        // R99, R86: the signer is no service, but a command that a timer runs; looked at in the middle of its work.
        @Test func `the signer of the audit knows its own key and login, and shows neither`() async throws {
            try await eventually("there is something to sign") {
                try await world.number("select count(*) from core.audit_link") > 0
            }
            let command = try await world.signer()
            let own = command.folder
            let seen = try await world.look(at: command, waitingFor: "core.audit_checkpoint")
            #expect(seen.status == 0 && seen.output.contains("Signed the chain"), "\(seen.errors)")
            #expect(seen.commandLine == [command.program] + command.arguments)
            // Of the world's files it is told of its own and of one password.
            let text = try String(contentsOfFile: "\(own)/audit-signer.yaml", encoding: .utf8)
            let told = (text.split(whereSeparator: \.isWhitespace).map(String.init) + command.arguments)
                .filter { $0.hasPrefix(world.folder + "/") && !$0.hasPrefix(own + "/") }
            #expect(told == ["\(world.folder)/passwords/signer.password"])
            for open in seen.openFiles where open.hasPrefix(world.folder) { Issue.record("it keeps \(open) open") }
            #expect(seen.remotePorts == [world.postgres.port])
            let pem = try String(contentsOfFile: "\(own)/signer.pem", encoding: .utf8)
            let key = pem.split(separator: "\n").filter { !$0.hasPrefix("-----") && $0.count >= 16 }
            #expect(!key.isEmpty)
            let readable = String(decoding: seen.readable, as: UTF8.self)
            for line in key { #expect(!readable.contains(line)) }
            for (name, secret) in try heldSecrets() { #expect(!readable.contains(secret), "the signer shows \(name)") }
            for variable in seen.environment {
                for word in ["DATABASE", "PASSWORD", "MASTER_KEY", "SECRET", "POSTGRES", "PGPASS", "SIGNER"] {
                    #expect(!variable.uppercased().contains(word), "\(variable)")
                }
            }
        }

        // R99: a login that somebody else's service could use as well would be no boundary.
        @Test func `the password of each role is in its own file, and no service has that of another's role`()
            async throws
        {
            let holders: [String: Service] = ["core": .core, "migrate": .core, "sdk": .sdk, "portal": .portal]
            let configurations = try world.allCopies.map { copy in
                (copy, try contents("configuration/\(copy.name).yaml"))
            }
            var passwords: Set<String> = []
            for role in World.roles {
                let path = "\(world.folder)/passwords/\(role).password"
                passwords.insert(try contents("passwords/\(role).password"))
                let attributes = try FileManager.default.attributesOfItem(atPath: path)
                #expect(attributes[.posixPermissions] as? Int == 0o600, "\(path)")
                for (copy, text) in configurations {
                    #expect(text.contains(path) == (holders[role] == copy.service), "\(copy.name): \(role)")
                }
            }
            #expect(passwords.count == World.roles.count)
        }

        /// Every secret of this world that lies in a file, with its name.
        private func heldSecrets() throws -> [(String, String)] {
            var secrets: [(String, String)] = []
            for role in World.roles {
                secrets.append((role, try contents("passwords/\(role).password")))
            }
            for account in ["portal", "mobile", "integrator", "administrator"] {
                secrets.append((account, try world.account(account).secret))
            }
            let key = try #require(FileManager.default.contents(atPath: "\(world.folder)/keys/master.key"))
            secrets.append(
                ("master key", String(decoding: key, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)))
            return secrets
        }

        private func contents(_ path: String) throws -> String {
            try String(contentsOfFile: "\(world.folder)/\(path)", encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }
}

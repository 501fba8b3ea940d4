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

// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import TestKit

extension EndToEnd.Installation {
    /// From an empty database to an activated one, with everything that can go wrong on the way.
    @Suite struct Activation {
        @Test func `what comes too early is refused in one sentence`() async throws {
            try await withWorld("early") { world in
                for command in [["activate"], ["service-account", "list"], ["audit", "list"]] {
                    let end = try await world.tryCore(command)
                    expectRefusal(end, naming: "mfa-core migrate", "\(command)")
                }
                expectRefusal(try await world.tryCore(["user", "list"]), naming: "master.key", "user list")
                // Two at once: the second waits and finds nothing to do.
                let ends = try await inParallel(2) { _ in try await world.tryCore(["migrate"]) }
                #expect(ends.allSatisfy { $0.status == 0 }, "\(ends.map(\.errors))")
                for command in [["user", "add", "alice"], certificate(in: world)] {
                    let end = try await world.tryCore(command)
                    expectRefusal(end, naming: "", "\(command)")
                }
                #expect(try await world.tryCore(["migrate", "--status"]).status == 0)
            }
        }

        @Test func `two activations at once make one installation`() async throws {
            try await withWorld("twice") { world in
                try await world.core("migrate")
                let ends = try await inParallel(2) { _ in try await world.tryCore(["activate", "--json"]) }
                #expect(ends.allSatisfy { $0.status == 0 }, "\(ends.map(\.errors))")
                let answers = ends.compactMap { JSON(parsing: Array($0.output.utf8)) }
                #expect(tally(answers.map { $0["state"]?.text }) == ["activated": 1, "already-activated": 1])
                #expect(Set(answers.map { $0["instance"]?.text }).count == 1)
                #expect(try await world.number("select count(*) from core.instance") == 1)
                #expect(try await world.number("select count(*) from core.data_key") == 1)
                #expect(try mode(of: "\(world.folder)/keys/master.key") == 0o400)
                let again = try await world.tryCore(["activate"])
                #expect(again.status == 0 && again.output.contains("Already activated"))
            }
        }

        @Test func `a killed activation is resumed with the key that it made`() async throws {
            try await withWorld("resumed") { world in
                try await world.core("migrate")
                let gate = try GateProxy(to: world.postgres.port)
                defer { gate.stop() }
                let key = "\(world.folder)/keys/master.key"
                gate.holdRequests(containing: "key.insert_instance")
                var command = try world.coreCommand(["activate"])
                command.arguments += ["--set", "database.url=\(world.databaseURL("core", port: gate.port))"]
                let victim = try ChildProcess(command)
                try await gate.holdsRequest()
                try await victim.kill()
                gate.cut()
                let made = try #require(FileManager.default.contents(atPath: key))
                #expect(try await world.number("select count(*) from core.instance") == 0)
                let end = try await world.tryCore(["activate", "--json"])
                #expect(JSON(parsing: Array(end.output.utf8))?["state"]?.text == "activated", "\(end.errors)")
                #expect(FileManager.default.contents(atPath: key) == made)
            }
        }

        // R88
        @Test func `without its master key, or with another, mfa-core does nothing`() async throws {
            let world = try await World.installed("keys")
            do {
                let key = "\(world.folder)/keys/master.key"
                let right = try String(contentsOfFile: key, encoding: .utf8)
                let other = Data((0..<32).map { _ in UInt8.random(in: 0...255) }).base64EncodedString() + "\n"
                for (what, text, mode, word) in [
                    ("another key", other, 0o400, "instance"), ("no key", nil, 0o400, key),
                    ("open to others", right, 0o644, "chmod 0400"), ("no base 64", "hello\n", 0o400, key),
                ] as [(String, String?, Int, String)] {
                    try? FileManager.default.removeItem(atPath: key)
                    if let text { try Workshop.write(text, to: key, mode: mode) }
                    let command = try await world.tryCore(["user", "add", "alice"])
                    expectRefusal(command, naming: word, what)
                    let copy = try await world.start(.core)
                    #expect(try await copy.process.end(within: .seconds(20)) == 1, "\(what)")
                    let last = copy.log.lines().last ?? ""
                    #expect(last.contains("\"level\":\"critical\"") && last.contains(word), "\(what): \(last)")
                    #expect(!copy.log.lines().contains { $0.contains("\"listener\":\"internal\"") })
                    #expect(!copy.log.tail().contains(right.prefix(20)))
                }
                let activation = try await world.tryCore(["activate"])
                expectRefusal(activation, naming: "", "activate with a file that holds no key")
                try FileManager.default.removeItem(atPath: key)
                try Workshop.write(right, to: key, mode: 0o400)
                let copy = try await world.start(.core)
                try await copy.becomesReady()
                #expect(try await copy.stop() == 0)
            } catch {
                await world.close()
                throw error
            }
            await world.close()
        }

        private func certificate(in world: World) -> [String] {
            ["certificate", "issue", "mfa-core", "--host", "localhost", "--out", "\(world.folder)/certificates"]
        }

        private func mode(of path: String) throws -> Int {
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int ?? 0
        }

        /// Exit status 1 and one sentence that names what helps.
        private func expectRefusal(_ end: ChildProcess.End, naming word: String, _ what: String) {
            #expect(end.status == 1, "\(what): \(end.status) \(end.errors)")
            let lines = end.errors.split(separator: "\n")
            #expect(lines.count == 1 && (word.isEmpty || end.errors.contains(word)), "\(what): \(end.errors)")
            #expect(end.output.isEmpty, "\(what): \(end.output)")
        }

        private func withWorld(_ name: String, _ body: (World) async throws -> Void) async throws {
            let world = try await World.bare(name)
            do {
                try await body(world)
            } catch {
                await world.close()
                throw error
            }
            await world.close()
        }
    }
}

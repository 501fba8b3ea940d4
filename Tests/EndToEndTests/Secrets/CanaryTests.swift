// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import TestKit

extension EndToEnd.Secrets {
    /// R83: secrets stand where they are meant to, sealed or hashed, and nowhere else.
    @Suite struct Secrecy {
        let world: World

        init() throws { world = try World.current }

        // R83
        @Test func `no secret stands in a log, a dump, the write-ahead log, a process or an answer`() async throws {
            var canaries = SecretWalk(world)
            try canaries.collectFiles()
            try await canaries.drive()
            try await breakDatabase(&canaries)
            try await canaries.drive()
            #expect(Set(canaries.texts.map(\.0)).count >= 25)

            let evidence = "\(world.folder)/evidence"
            try Workshop.write(canaries.refusals.joined(separator: "\n"), to: "\(evidence)/refusals")
            for process in try pids() {
                let shown = Data(ProcessView(process).readable)
                #expect(FileManager.default.createFile(atPath: "\(evidence)/process-\(process)", contents: shown))
            }
            try await world.sql("checkpoint")
            try await world.postgres.dumpAll(to: "\(evidence)/dump.sql")
            #expect(try size(of: "\(evidence)/dump.sql") > 10_000)
            try await abort()

            var search = SecretSearch(folder: world.folder)
            for (name, text) in canaries.texts { search.add(name, text) }
            for (name, bytes) in canaries.bytes { search.add(name, bytes) }
            let places = [evidence, world.logFolder, world.postgres.dataFolder, world.postgres.logFile]
            for place in places { #expect(FileManager.default.fileExists(atPath: place), "\(place)") }
            let hits = try await search.hits(in: places)
            #expect(hits.isEmpty, "\(hits.joined(separator: "\n"))")

            // What was searched is what was meant, and a secret in it would have been found.
            let logs = try String(contentsOfFile: "\(world.logFolder)/mfa-core-1.log", encoding: .utf8)
            #expect(logs.contains("\"level\":\"debug\"") || logs.contains("\"level\":\"trace\""))
            try Workshop.write("x\(canaries.texts[0].1)x", to: "\(evidence)/planted")
            #expect(try await search.hits(in: [evidence]).count >= 1)
        }

        /// Statements that fail in the middle of everything, and then no database at all.
        private func breakDatabase(_ canaries: inout SecretWalk) async throws {
            try await world.sql("alter table core.factor rename to factor_gone")
            _ = try? await canaries.drive()
            try await world.sql("alter table core.factor_gone rename to factor")
            try await world.postgres.stop(.immediate)
            try await canaries.driveOutage()
            try await world.postgres.start()
            try await world.becomeReady(within: .seconds(60))
        }

        private func pids() throws -> [Int32] {
            var pids = world.allCopies.map(\.process.pid)
            let others = try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }
            let folder = world.postgres.dataFolder
            pids += others.filter { pid in
                let name = (try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8)) ?? ""
                return name.contains(folder) || name.contains("mfa_core \(World.database)")
            }
            return pids
        }

        /// Ends every service as a fault of its own would, with as large a core file allowed as this machine allows.
        private func abort() async throws {
            for copy in world.allCopies {
                _ = try? await ChildProcess.run(
                    .init("/usr/bin/prlimit", ["--pid", "\(copy.process.pid)", "--core=unlimited:unlimited"]))
                copy.process.signal(SIGABRT)
                #expect(try await copy.process.end(within: .seconds(20)) == -SIGABRT, "\(copy.name)")
            }
            let pattern = try String(contentsOfFile: "/proc/sys/kernel/core_pattern", encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines)
            let isPath = pattern.hasPrefix("/")
            let folder = isPath ? (pattern as NSString).deletingLastPathComponent : world.folder
            let name = String((pattern as NSString).lastPathComponent.prefix { $0 != "%" })
            guard !pattern.hasPrefix("|"), !name.isEmpty else { return }
            let left = try FileManager.default.contentsOfDirectory(atPath: folder).filter { file in
                file == name || world.allCopies.contains { file == "\(name).\($0.process.pid)" }
            }
            #expect(left.isEmpty, "a core file was left: \(left)")
        }

        private func size(of path: String) throws -> Int {
            try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        }
    }
}

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
            try await canaries.collectKeys()
            try await canaries.drive()
            let commands = try await canaries.runCommands()
            try await breakDatabase(&canaries)
            try await canaries.drive()
            #expect(Set(canaries.texts.map(\.0)).count >= 25)
            for name in [
                "master key", "wrapping key", "data key 1", "private key of the authority", "signer's key",
            ] {
                #expect(canaries.bytes.contains { $0.0 == name && $0.1.count == 32 }, "\(name)")
            }

            let evidence = "\(world.folder)/evidence"
            try Workshop.write(canaries.refusals.joined(separator: "\n"), to: "\(evidence)/refusals")
            for process in try pids() {
                let shown = Data(ProcessView(process).readable)
                #expect(FileManager.default.createFile(atPath: "\(evidence)/process-\(process)", contents: shown))
            }
            for (number, command) in commands.enumerated() {
                let shown = FileManager.default.createFile(
                    atPath: "\(evidence)/command-\(number)", contents: Data(command.readable))
                #expect(shown)
            }
            // Logs are what they write to standard error; the other output must hold no secret either.
            for copy in world.allCopies {
                let told = copy.process.output.lines().joined(separator: "\n")
                try Workshop.write(told, to: "\(evidence)/output-of-\(copy.name)")
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

            // What was searched is what was meant, and a secret in it would have been found: of each key its bytes.
            let logs = try String(contentsOfFile: "\(world.logFolder)/mfa-core-1.log", encoding: .utf8)
            #expect(logs.contains("\"level\":\"debug\"") || logs.contains("\"level\":\"trace\""))
            let planted = canaries.bytes.map { Data($0.1).base64EncodedString() } + [canaries.texts[0].1]
            try Workshop.write(planted.map { "x\($0)x\n" }.joined(), to: "\(evidence)/planted")
            let found = try await search.hits(in: ["\(evidence)/planted"])
            for name in canaries.bytes.map(\.0) + [canaries.texts[0].0] {
                #expect(found.contains { $0.hasPrefix("\(name) in ") }, "\(name) would not have been found")
            }
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
        /// What the kernel says of the end holds for files and for programs that take cores (`core_pattern`).
        private func abort() async throws {
            for copy in world.allCopies {
                #expect(ProcessView(copy.process.pid).limit("Max core file size") == ["0", "0"], "\(copy.name)")
                _ = try? await ChildProcess.run(
                    .init("/usr/bin/prlimit", ["--pid", "\(copy.process.pid)", "--core=unlimited:unlimited"]))
                copy.process.signal(SIGABRT)
                #expect(try await copy.process.end(within: .seconds(20)) == -SIGABRT, "\(copy.name)")
                #expect(!copy.process.leftCore, "\(copy.name) left a core")
            }
            try await abortSomethingElse()
        }

        /// A program with nothing to hide: where its core is taken, one of a service would have been seen.
        private func abortSomethingElse() async throws {
            let folder = "\(world.folder)/cores"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let other = try ChildProcess(
                .init("/bin/sh", ["-c", "ulimit -c unlimited && kill -ABRT $$"], folder: folder))
            let status = try await other.end(within: .seconds(20))
            if status != -SIGABRT || !other.leftCore {
                let pattern = try String(contentsOfFile: "/proc/sys/kernel/core_pattern", encoding: .utf8)
                Issue.record(
                    """
                    This machine takes no core of anything (core_pattern \(pattern), status \(status)), so that none was \
                    left shows nothing here; that no service may leave one was shown by its limit.
                    """, severity: .warning)
            }
        }

        private func size(of path: String) throws -> Int {
            try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        }
    }
}

// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import Primitives

/// Where this clone keeps what end-to-end tests need: sources, programs, logs.
package enum Workshop {
    /// The clone.
    package static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// Such as `deploy/postgres/roles.sql` as an absolute path.
    package static func path(_ relative: String) -> String { "\(root)/\(relative)" }

    /// A program of the build that this test belongs to, or of the folder `BINARIES`: `make soak` tests a release.
    package static func program(_ name: String) throws(TestKitError) -> String {
        // Beside the test program; a build in another place must not be tested by mistake.
        let own = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path
        let asked = ProcessInfo.processInfo.environment["BINARIES"].map { [$0] }
        for folder in asked ?? [own, path(".build/debug")] {
            let program = "\(folder)/\(name)"
            if FileManager.default.isExecutableFile(atPath: program) { return program }
        }
        throw TestKitError("The program \(name) is not built; swift build makes it.")
    }

    /// What a program of a sanitized build has to be told, as these tests were (`make sanitize`).
    package static var sanitizerOptions: [String: String] {
        ProcessInfo.processInfo.environment.filter { name, _ in
            ["ASAN_OPTIONS", "TSAN_OPTIONS", "LD_PRELOAD"].contains(name)
        }
    }

    /// An empty folder for the logs of one world; it outlives the run.
    package static func logFolder(_ world: String) throws -> String {
        let folder = path(".build/end-to-end/\(world)")
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }

    /// A new folder, removed at the end of this process at the latest.
    package static func temporaryFolder(mode: Int = 0o700) throws -> String {
        let folder = "/tmp/countersign-world.\(UUID().uuidString.prefix(8).lowercased())"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: mode])
        Warden.shared.remember(folder: folder)
        return folder
    }

    /// Writes a file with exactly this mode.
    package static func write(_ text: String, to path: String, mode: Int = 0o600) throws {
        let folder = (path as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: mode])
        else { throw TestKitError("Cannot write \(path).") }
    }

    /// A text that nothing else of this run is called.
    package static func unique() -> String { Hex.encode(SystemRandomSource().bytes(6)) }

    /// Whether the long forms are asked for: `SOAK=1`, which `make soak` sets.
    package static var isSoak: Bool { ProcessInfo.processInfo.environment["SOAK"] == "1" }

    /// How often races are run: `ROUNDS`, 5 unless it says otherwise.
    package static var rounds: Int { count("ROUNDS", or: 5) }

    /// A number of repetitions that the environment may raise, at least 1.
    package static func count(_ variable: String, or usual: Int) -> Int {
        max(1, ProcessInfo.processInfo.environment[variable].flatMap { Int($0) } ?? usual)
    }
}

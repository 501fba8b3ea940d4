// SPDX-License-Identifier: Apache-2.0
import Foundation
import Postgres
import Primitives
import Synchronization
import TestKit

/// The built mfa-core, with a configuration file for one test's database.
struct CoreProgram {
    /// How a command ended.
    struct Outcome {
        let status: Int32
        let output: String
        let errors: String

        /// The JSON document it printed.
        func document() throws -> [String: Any] {
            try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any] ?? [:]
        }
    }

    let folder: TemporaryFolder
    let configuration: String
    /// Variables of its commands beside the usual ones.
    var environment: [String: String] = [:]

    var keyFile: String { folder.file("master.key") }

    init(_ core: CoreDatabase, in folder: TemporaryFolder) throws {
        self.folder = folder
        var sections = ""
        for (section, role) in [("database", CoreDatabase.Role.core), ("migrate.database", .migrate)] {
            let login = core.configuration(role)
            let password = try folder.write(
                "\(role.rawValue).password", login.password?.withBytes { String(decoding: $0, as: UTF8.self) } ?? "")
            let parts = section.split(separator: ".")
            for (depth, part) in parts.enumerated() {
                sections += String(repeating: "  ", count: depth) + "\(part):\n"
            }
            let indent = String(repeating: "  ", count: parts.count)
            sections += "\(indent)url: \(login.url)\n\(indent)passwordFile: \(password)\n"
        }
        configuration = try folder.write(
            "mfa-core.yaml",
            sections + "  ownerRole: \(CoreDatabase.ownerName)\nkeys:\n  masterKeyFile: \(folder.path)/master.key\n"
                + "mobile:\n  url: https://localhost/PA\n")
    }

    /// Runs a command to its end.
    func run(_ arguments: String..., input: String = "") async throws -> Outcome {
        try await run(arguments, input: input)
    }

    /// The same with a list.
    func run(_ arguments: [String], input: String = "") async throws -> Outcome {
        let process = try start(arguments, input: input)
        return try await process.outcome()
    }

    /// Starts a command.
    func start(_ arguments: [String], input: String = "") throws -> RunningProgram {
        try RunningProgram(
            try Workshop.program("mfa-core"), arguments + ["--config", configuration], input: input,
            environment: environment)
    }
}

/// A program under way.
final class RunningProgram: Sendable {
    private let process = Mutex(Process())
    private let output: FileHandle
    private let errors: FileHandle

    init(
        _ binary: String, _ arguments: [String], input: String = "", environment: [String: String] = [:]
    ) throws {
        let (inputPipe, outputPipe, errorPipe) = (Pipe(), Pipe(), Pipe())
        output = outputPipe.fileHandleForReading
        errors = errorPipe.fileHandleForReading
        try process.withLock { process in
            process.executableURL = URL(fileURLWithPath: binary)
            process.arguments = arguments
            process.environment = Workshop.sanitizerOptions.merging(
                ["PATH": "/usr/bin:/bin", "SWIFT_BACKTRACE": "enable=no"]
            ) { $1 }.merging(environment) { $1 }
            process.standardInput = inputPipe
            process.standardOutput = outputPipe
            process.standardError = errorPipe
            try process.run()
        }
        try inputPipe.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try inputPipe.fileHandleForWriting.close()
    }

    /// kill -9.
    func kill() {
        let pid = process.withLock { $0.processIdentifier }
        Foundation.kill(pid, SIGKILL)
    }

    /// Waits for the end; what it prints is small enough for a pipe.
    func outcome() async throws -> CoreProgram.Outcome {
        let (output, errors) = (output, errors)
        return await withCheckedContinuation { continuation in
            Thread {
                let printed = output.readDataToEndOfFile()
                let complained = errors.readDataToEndOfFile()
                let status = self.process.withLock { process in
                    process.waitUntilExit()
                    return process.terminationStatus
                }
                continuation.resume(
                    returning: CoreProgram.Outcome(
                        status: status, output: String(decoding: printed, as: UTF8.self),
                        errors: String(decoding: complained, as: UTF8.self)))
            }.start()
        }
    }
}

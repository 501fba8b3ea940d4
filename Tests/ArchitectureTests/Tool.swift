// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Programs of the system that judge files of this repository.
enum Tool {
    /// Runs a program; its exit status, and what it printed on either output.
    static func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:]
    ) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, said)
    }

    /// A YAML file of this repository as PyYAML reads it.
    static func yaml(_ path: String) throws -> Any {
        let script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))"
        let parsed = try run("/usr/bin/python3", ["-c", script, SourceTree.root.appending(path: path).path])
        guard parsed.status == 0 else { throw Unreadable(description: "\(path): \(parsed.output)") }
        return try JSONSerialization.jsonObject(with: Data(parsed.output.utf8))
    }

    struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }
}

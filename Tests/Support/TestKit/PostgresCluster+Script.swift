// SPDX-License-Identifier: Apache-2.0

internal import Foundation

extension PostgresCluster {
    /// Runs a psql script as the superuser, stopping at its first error.
    ///
    /// - Parameters:
    ///   - path: such as `deploy/postgres/roles.sql`.
    ///   - variables: what `-v name=value` sets; not for secrets, which the script should read from files.
    /// - Throws: ``TestKitError`` with psql's own words.
    package func runScript(
        _ path: String, variables: [String: String] = [:], database: String = "postgres"
    ) async throws {
        let installation = try PostgresInstallation.find()
        guard var components = URLComponents(string: url) else { throw TestKitError("\(url) is no URI.") }
        let password = components.password
        components.password = nil
        components.path = "/\(database)"
        let address = components.string ?? ""
        let settings = variables.sorted { $0.key < $1.key }.flatMap { ["-v", "\($0)=\($1)"] }
        try await onThread {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "\(installation.programs)/psql")
            process.arguments =
                ["--no-psqlrc", "--quiet", "-v", "ON_ERROR_STOP=1"] + settings + ["--file", path, address]
            process.environment = ProcessInfo.processInfo.environment.merging(["PGPASSWORD": password ?? ""]) { $1 }
            let errors = Pipe()
            process.standardOutput = FileHandle.nullDevice
            process.standardError = errors
            try process.run()
            let words = errors.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            guard process.terminationStatus == 0 else {
                throw TestKitError("psql could not run \(path): \(String(decoding: words, as: UTF8.self))")
            }
        }
    }
}

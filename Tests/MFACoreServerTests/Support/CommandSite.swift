// SPDX-License-Identifier: Apache-2.0
import MFACoreServer
import Postgres
import Primitives
import ServiceRuntime
import TestKit
import Testing

/// A folder with mfa-core's configuration for one test's database, as its commands find it.
struct CommandSite {
    let folder: String

    var options: CommandOptions { options() }
    var masterKeyFile: String { "\(folder)/master.key" }

    init(_ database: CoreDatabase) throws {
        folder = try Workshop.temporaryFolder()
        var values = [
            "keys.masterKeyFile": "\(folder)/master.key", "mobile.url": "https://mfa.example.org/PA",
            "migrate.ownerRole": CoreDatabase.ownerName, "passwords.cost": "14",
        ]
        for (section, role) in [("database", CoreDatabase.Role.core), ("migrate.database", .migrate)] {
            let login = database.configuration(role)
            let password = login.password?.withBytes { String(decoding: $0, as: UTF8.self) } ?? ""
            try Workshop.write(password, to: "\(folder)/\(role.rawValue).password")
            values["\(section).url"] = login.url
            values["\(section).passwordFile"] = "\(folder)/\(role.rawValue).password"
        }
        try Workshop.write(SettingsFile(values).yaml, to: "\(folder)/mfa-core.yaml")
    }

    /// The configuration with some keys set differently, as `--set` does it.
    func options(_ overrides: String...) -> CommandOptions {
        var options = CommandOptions()
        options.config = "\(folder)/mfa-core.yaml"
        options.overrides = overrides
        return options
    }

    /// The configuration with another role's login to the same database.
    func options(of role: CoreDatabase.Role, to database: CoreDatabase) throws -> CommandOptions {
        let login = database.configuration(role)
        let password = login.password?.withBytes { String(decoding: $0, as: UTF8.self) } ?? ""
        try Workshop.write(password, to: "\(folder)/\(role.rawValue).password")
        return options("database.url=\(login.url)", "database.passwordFile=\(folder)/\(role.rawValue).password")
    }

    /// Runs `body` with the site of a database that has its schema, activated by the command itself unless told not to.
    static func with(
        isActivated: Bool = true, _ body: (CommandSite, CoreDatabase) async throws -> Void
    ) async throws {
        try await withCoreDatabase(isActivated: false) { database in
            let site = try CommandSite(database)
            if isActivated { _ = try await InstanceActivation.activate(site.options) }
            try await body(site, database)
        }
    }
}

extension CommandReport {
    /// The document that `--json` prints.
    var json: JSON? { JSON(parsing: Array(rendered(asJSON: true).utf8)) }
}

/// The exit status of a command that was refused.
func status(_ command: () async throws -> CommandReport) async -> Int32? { await fault(command)?.status }

/// How a command ended that was refused: its exit status, and what it said.
func fault(_ command: () async throws -> CommandReport) async -> CommandFault? {
    do {
        let report = try await command()
        Issue.record("It was done: \(report.rendered(asJSON: false))")
        return nil
    } catch {
        return CommandFault(explaining: error)
    }
}

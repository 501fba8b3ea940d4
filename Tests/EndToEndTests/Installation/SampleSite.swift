// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestKit

/// Folders, users and environments for the services as deploy/configuration describes them.
final class SampleSite {
    /// Numbers that no account of a Debian machine has by itself.
    private static let firstUser = 61_184

    let world: World
    /// Programs, configurations and pages as a package would install them: a clone may be closed to other users.
    private let installed: String
    /// As root every service is a user of its own; otherwise all are this one.
    let hasUsers = geteuid() == 0
    var coreURLs: [String] = []
    var sdkURL = ""
    private(set) var administrator = World.Account(name: "", secret: "")

    init(_ world: World) throws {
        self.world = world
        installed = "\(world.folder)/installed"
        if !FileManager.default.fileExists(atPath: installed) { try Self.installFiles(at: installed) }
        // The folder above them is open: that a service reads no other's files must not hang on it.
        try FileManager.default.createDirectory(
            atPath: "\(world.folder)/sites", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        for name in ["mfa-core", "mfa-core-2", "sdk-service", "user-portal", "mobileapp-service"] {
            let folder = folder(of: name)
            guard !FileManager.default.fileExists(atPath: folder) else { continue }
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
    }

    /// The authority of this suite's certificates, where everybody may read it.
    var authority: String { "\(world.folder)/ca.pem" }

    func folder(of name: String) -> String { "\(world.folder)/sites/\(name)" }

    func user(of service: Service) -> Int? {
        guard hasUsers else { return nil }
        return Self.firstUser + (Service.allCases.firstIndex(of: service) ?? 0)
    }

    /// Schema, keys, certificates and accounts, each file in the folder of the service that needs it.
    func install() async throws {
        for name in ["mfa-core", "mfa-core-2"] {
            try give("\(world.folder)/passwords/core.password", as: "database.password", to: .core, in: name)
        }
        try give("\(world.folder)/passwords/migrate.password", as: "migrate.password", to: .core, in: "mfa-core")
        try give("\(world.folder)/passwords/sdk.password", as: "database.password", to: .sdk, in: "sdk-service")
        try give("\(world.folder)/passwords/portal.password", as: "database.password", to: .portal, in: "user-portal")
        try await run("migrate")
        try await run("activate")
        try give("\(folder(of: "mfa-core"))/master.key", as: "master.key", to: .core, in: "mfa-core-2", mode: 0o400)
        for service in Service.allCases {
            let out = "\(folder(of: "mfa-core"))/issued-\(service.rawValue)"
            try await run(
                "certificate", "issue", service.rawValue, "--host", "localhost", "--host", "127.0.0.1", "--out", out)
            let names = service == .core ? ["mfa-core", "mfa-core-2"] : [service.rawValue]
            for name in names {
                // As they are written: what the units load has the same names.
                for file in try FileManager.default.contentsOfDirectory(atPath: out) where file.hasSuffix(".pem") {
                    try give("\(out)/\(file)", as: file, to: service, in: name)
                }
            }
        }
        try FileManager.default.copyItem(atPath: "\(folder(of: "mfa-core"))/ca.pem", toPath: authority)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: authority)
        administrator = .init(
            name: "administrator",
            secret: try await addAccount("administrator", "--scope", "manage-users", "--scope", "authenticate"))
        for (service, scope) in [(Service.portal, "portal"), (.mobile, "mobile")] {
            let draft = "\(world.folder)/\(scope).secret"
            try Workshop.write(try await addAccount(scope, "--scope", scope), to: draft)
            try give(draft, as: "sdk.secret", to: service, in: service.rawValue)
        }
    }

    private static func installFiles(at folder: String) throws {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        for service in Service.allCases {
            let program = "\(folder)/\(service.rawValue)"
            try FileManager.default.copyItem(atPath: try Workshop.program(service.rawValue), toPath: program)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        }
        for (source, target) in [
            ("deploy/configuration", "configuration"), ("Services/UserPortal/Server/Resources", "resources"),
        ] {
            try FileManager.default.copyItem(atPath: Workshop.path(source), toPath: "\(folder)/\(target)")
            try open("\(folder)/\(target)")
        }
    }

    /// Lets everybody read a folder, whatever the clone's own modes are.
    private static func open(_ folder: String) throws {
        let inside = try FileManager.default.subpathsOfDirectory(atPath: folder)
        for path in [folder] + inside.map({ "\(folder)/\($0)" }) {
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        }
    }

    func start(_ service: Service, in name: String) async throws -> ServiceProcess {
        let copy = try ServiceProcess(
            service, name: name, command: try command(service, ["serve"], in: name),
            logFile: "\(world.logFolder)/\(name).log")
        world.cleanup.add { try await copy.process.kill() }
        return copy
    }

    private func addAccount(_ arguments: String...) async throws -> String {
        let output = try await run(["service-account", "add"] + arguments + ["--json"])
        guard let secret = JSON(parsing: Array(output.utf8))?["secret"]?.text else {
            throw TestKitError("service-account add printed \(output)")
        }
        return secret
    }

    @discardableResult private func run(_ arguments: String...) async throws -> String { try await run(arguments) }

    private func run(_ arguments: [String]) async throws -> String {
        let end = try await ChildProcess.run(try command(.core, arguments, in: "mfa-core"))
        guard end.status == 0 else { throw TestKitError("mfa-core \(arguments): \(end.errors)") }
        return end.output
    }

    private func command(_ service: Service, _ arguments: [String], in name: String) throws -> ChildProcess.Command {
        .init(
            "\(installed)/\(service.rawValue)",
            arguments + ["--config", "\(installed)/configuration/\(service.rawValue).yaml"],
            environment: try environment(of: service, in: name), folder: folder(of: name), user: user(of: service))
    }

    /// Hosts, ports and paths; everything else is what the sample says.
    private func environment(of service: Service, in name: String) throws -> [String: String] {
        let folder = folder(of: name)
        var values = [
            "ADMIN__PORT": "0", "LISTENER__HOST": "127.0.0.1", "LISTENER__PORT": "0",
            "LISTENER__CERTIFICATE": "\(folder)/certificate.pem", "LISTENER__PRIVATE_KEY": "\(folder)/key.pem",
        ]
        let sample = try String(contentsOfFile: "\(installed)/configuration/\(service.rawValue).yaml", encoding: .utf8)
        func database(_ role: String) throws -> String {
            guard let found = sample.firstRange(of: try Regex("postgresql://mfa_\(role)@[^ \n]+")),
                let authority = world.databaseAuthority
            else { throw TestKitError("The sample of \(service.rawValue) has no address for mfa_\(role).") }
            return String(sample[found]).replacing("db.example.org:5432", with: "127.0.0.1:\(world.postgres.port)")
                .replacing("/etc/countersign/database-ca.pem", with: authority)
        }
        switch service {
        case .core:
            values["LISTENER__CLIENT_CA"] = "\(folder)/ca.pem"
            values["DATABASE__URL"] = try database("core")
            values["DATABASE__PASSWORD_FILE"] = "\(folder)/database.password"
            values["MIGRATE__DATABASE__URL"] = try database("migrate")
            values["MIGRATE__DATABASE__PASSWORD_FILE"] = "\(folder)/migrate.password"
            values["KEYS__MASTER_KEY_FILE"] = "\(folder)/master.key"
            values["RESTORE__LAST_SEEN_FILE"] = "\(folder)/last-seen.json"
        case .sdk:
            values["DATABASE__URL"] = try database("sdk")
            values["DATABASE__PASSWORD_FILE"] = "\(folder)/database.password"
            values["CORE__URLS"] = coreURLs.joined(separator: ",")
            values["CORE__CA"] = "\(folder)/ca.pem"
            values["CORE__CERTIFICATE"] = "\(folder)/certificate.pem"
            values["CORE__PRIVATE_KEY"] = "\(folder)/key.pem"
        case .portal, .mobile:
            values["SDK__URLS"] = sdkURL
            values["SDK__CA"] = "\(folder)/sdk-ca.pem"
            values["SDK__SECRET_FILE"] = "\(folder)/sdk.secret"
            if service == .portal {
                values["DATABASE__URL"] = try database("portal")
                values["DATABASE__PASSWORD_FILE"] = "\(folder)/database.password"
                values["RESOURCES__DIRECTORY"] = "\(installed)/resources"
            }
        }
        let prefix = service.rawValue.uppercased().replacing("-", with: "_")
        return Dictionary(uniqueKeysWithValues: values.map { ("\(prefix)__\($0.key)", $0.value) })
    }

    /// Copies a file into a service's folder, for its user alone.
    private func give(
        _ source: String, as file: String, to service: Service, in name: String, mode: Int = 0o600
    ) throws {
        let target = "\(folder(of: name))/\(file)"
        try? FileManager.default.removeItem(atPath: target)
        try FileManager.default.copyItem(atPath: source, toPath: target)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: target)
        try own(service, in: name, target)
        try own(service, in: name)
    }

    /// Gives a service's folder, or a file in it, to the service's user.
    func own(_ service: Service, in name: String, _ path: String? = nil) throws {
        guard let user = user(of: service) else { return }
        guard chown(path ?? folder(of: name), uid_t(user), gid_t(user)) == 0 else {
            throw TestKitError("The folder of \(name) cannot be given to user \(user).")
        }
    }
}

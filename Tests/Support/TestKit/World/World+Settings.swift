// SPDX-License-Identifier: Apache-2.0

extension World {
    /// What browsers are told to come from; the portal's own port is not known before it listens.
    package static let portalOrigin = "https://portal.example.org"

    /// Limits that no race on purpose reaches; whoever tests them starts copies with limits of their own.
    package static let patientLimits = [
        "lockout.softLimit": "1000", "push.promptsPerTenMinutes": "1000", "push.promptsPerDay": "1000",
        "push.suspendAfter": "1000", "activation.wrongPerAddress": "10000", "activation.wrongOfAll": "100000",
        "activation.wrongPerCode": "100", "activation.wrongPerPerson": "1000", "bypass.perAdministratorPerDay": "1000",
    ]

    /// For commands, and the ground of every copy of mfa-core.
    package var commandSettings: [String: String] {
        var settings = databaseSettings("core")
        settings["migrate.database.url"] = databaseURL("migrate")
        settings["migrate.database.passwordFile"] = "\(folder)/passwords/migrate.password"
        settings["keys.masterKeyFile"] = "\(folder)/keys/master.key"
        settings["identity.domains"] = "[example.org, EXAMPLE]"
        settings["mobile.url"] = "https://phones.example.org/PA"
        settings["passwords.cost"] = "14"
        return settings.merging(plan.core) { $1 }
    }

    /// A URL of this world's database, over 127.0.0.1 or by way of a proxy there; it names all servers there are.
    package func databaseURL(_ role: String, port: Int? = nil) -> String {
        databaseURL(role, ports: port.map { [$0] } ?? group?.ports ?? [postgres.port])
    }

    /// A URL with these servers, in this order.
    package func databaseURL(_ role: String, ports: [Int]) -> String {
        let hosts = ports.map { "127.0.0.1:\($0)" }.joined(separator: ",")
        return "postgresql://mfa_\(role)@\(hosts)/\(Self.database)?sslmode=disable"
    }

    /// Everything that a copy needs to run among the copies that run already.
    package func settings(of service: Service) async throws -> [String: String] {
        var settings: [String: String]
        switch service {
        case .core:
            settings = commandSettings
            settings["listener.clientCA"] = certificate(service, "ca")
        case .sdk:
            settings = databaseSettings("sdk")
            settings["core.urls"] = try await urls(of: .core)
            settings["core.ca"] = certificate(service, "ca")
            settings["core.certificate"] = certificate(service, "certificate")
            settings["core.privateKey"] = certificate(service, "key")
        case .portal:
            settings = databaseSettings("portal").merging(try await sdkSettings(service, account: "portal")) { $1 }
            settings["portal.origin"] = Self.portalOrigin
            settings["resources.directory"] = Workshop.path("Services/UserPortal/Server/Resources")
        case .mobile:
            settings = try await sdkSettings(service, account: "mobile")
            settings["mobile.prefixes"] = "[/PA]"
        }
        settings["log.level"] = "info"
        settings["log.format"] = "json"
        settings["admin.port"] = "0"
        settings["listener.host"] = "127.0.0.1"
        settings["listener.port"] = "0"
        settings["listener.certificate"] = certificate(service, "certificate")
        settings["listener.privateKey"] = certificate(service, "key")
        return settings
    }

    /// A list of the URLs of all copies, as YAML writes it.
    package func urls(of service: Service) async throws -> String {
        var urls: [String] = []
        for copy in copies(of: service) { urls.append(try await copy.url()) }
        return "[\(urls.joined(separator: ", "))]"
    }

    private func databaseSettings(_ role: String) -> [String: String] {
        ["database.url": databaseURL(role), "database.passwordFile": "\(folder)/passwords/\(role).password"]
    }

    private func sdkSettings(_ service: Service, account: String) async throws -> [String: String] {
        [
            "sdk.urls": try await urls(of: .sdk), "sdk.ca": certificate(service, "sdk-ca"), "sdk.account": account,
            "sdk.secretFile": "\(folder)/secrets/\(account).secret",
        ]
    }

    private func certificate(_ service: Service, _ file: String) -> String {
        "\(folder)/certificates/\(service.rawValue)/\(file).pem"
    }
}

// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain
import Postgres
import Primitives
package import ServiceRuntime

/// Where the commands of mfa-core find their configuration; a name for Main, which imports nothing but this target.
package typealias CommandOptions = ServiceOptions

/// The configuration as commands read it: every key is known, only the sections that a command needs are read.
struct CommandSettings {
    private var settings: ServiceSettings

    init(_ options: CommandOptions) throws(ConfigurationProblems) {
        settings = try options.settings(of: "mfa-core", keys: MFACoreConfiguration.keys + LogConfiguration.keys)
    }

    /// The database as mfa_core; one command needs no pool.
    mutating func database() -> PostgresConfiguration {
        var configuration = PostgresConfiguration(reading: &settings.reader)
        configuration.readConnections = 1
        configuration.writeConnections = 1
        configuration.applicationName = "mfa-core command"
        return configuration
    }

    /// The database as the role that migrates, and the role that owns the schemas.
    mutating func migration() -> (database: PostgresConfiguration, owner: String) {
        MFACoreConfiguration.migration(reading: &settings.reader)
    }

    mutating func auditRetentionMonths() -> Int {
        RuleConfiguration.auditRetentionMonths(reading: &settings.reader)
    }

    mutating func masterKeyFile() -> MasterKeyFile {
        RuleConfiguration.keyFile(reading: &settings.reader)
    }

    mutating func domains() -> IdentityDomains { RuleConfiguration.identityDomains(reading: &settings.reader) }

    mutating func rules() -> RuleConfiguration { RuleConfiguration(reading: &settings.reader) }

    /// Throws every fault of what was read, and every unknown key.
    func requireSound() throws(ConfigurationProblems) { try settings.requireSound() }
}

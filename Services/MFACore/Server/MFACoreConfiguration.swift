// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
package import MFACoreStore
package import MFADomain
package import Postgres
package import Primitives
package import ServiceRuntime

/// The configuration of mfa-core, for `serve` and for the administrators' commands alike.
package struct MFACoreConfiguration: Sendable {
    package let admin: AdminConfiguration
    package let listener: ListenerConfiguration
    package let database: PostgresConfiguration
    package let rules: RuleConfiguration
    /// Nil when the audit goes to no syslog receiver.
    package let syslog: SyslogConfiguration?

    package static let keys: [SettingKey] =
        AdminConfiguration.keys(defaultPort: 8450)
        + ListenerConfiguration.keys(section: "listener", defaultHost: "0.0.0.0", defaultPort: 8440, mutual: true)
        + PostgresConfiguration.keys + RuleConfiguration.keys + SyslogConfiguration.keys
        + [migrateURL, migratePassword, migrateOwner]

    package init(reading settings: inout SettingsReader) {
        admin = AdminConfiguration(defaultPort: 8450, reading: &settings)
        listener = ListenerConfiguration(
            section: "listener", defaultHost: "0.0.0.0", defaultPort: 8440, mutual: true, reading: &settings)
        database = PostgresConfiguration(reading: &settings)
        rules = RuleConfiguration(reading: &settings)
        syslog = SyslogConfiguration(reading: &settings)
    }

    /// Certificates that it shows or trusts.
    var certificates: [WatchedCertificates] {
        WatchedCertificates.list(of: listener.tls, section: "listener", roots: "clientCA")
            + WatchedCertificates.list(of: syslog?.tls, section: "syslog", roots: "ca")
    }

    /// Reads the section for commands; `serve` does not, as its unit hands that password to nobody.
    static func migration(reading settings: inout SettingsReader) -> (database: PostgresConfiguration, owner: String) {
        let database = PostgresConfiguration(
            url: migrateURL, password: migratePassword, applicationName: "mfa-core migrate", reading: &settings)
        return (database, settings.text(migrateOwner))
    }

    /// Reports what is wrong with the section, where there is one: only one host has to be able to migrate.
    static func checkMigration(reading settings: inout SettingsReader) {
        let isThere = [migrateURL, migratePassword].contains { settings.optionalText($0) != nil }
        if isThere { _ = migration(reading: &settings) }
    }

    package static let migrateURL = SettingKey(
        "migrate.database.url", .text, effect: .command,
        "libpq URI or keyword string of the role that migrates; commands only")
    package static let migratePassword = SettingKey(
        "migrate.database.passwordFile", .secretFile, effect: .command,
        "file with the password of the role that migrates")
    package static let migrateOwner = SettingKey(
        "migrate.ownerRole", .text, default: "mfa_owner", effect: .command,
        "the role that owns the schemas; the migrating role may become it")
}

/// What the rule needs to know.
package struct RuleConfiguration: Sendable {
    package let masterKeyFile: MasterKeyFile
    package let domains: IdentityDomains
    /// What phones call; it stands in activation links.
    package let mobileURL: String
    /// Who the passcode is for, as authenticator apps show it.
    package let issuer: String
    package let signIns: SignInSettings
    package let activationLifetime: Duration
    package let activationLimits: ActivationLimits
    package let bypassLimits: BypassLimits
    /// log₂ N of scrypt for new passwords.
    package let passwordCost: Int
    package let retention: Duration
    /// Where this copy keeps what it has seen of the database (R91); nil where a restore is noticed by the database alone.
    package let lastSeenFile: String?

    package init(reading settings: inout SettingsReader) {
        masterKeyFile = Self.keyFile(reading: &settings)
        domains = Self.identityDomains(reading: &settings)
        mobileURL = settings.text(Self.mobileURL)
        if !mobileURL.isEmpty, !Self.fitsLinks(mobileURL) {
            settings.report(
                Self.mobileURL,
                "expected https://HOST[:PORT][/PATH] of visible ASCII, without user name, query and fragment")
        }
        issuer = settings.text(Self.issuer)
        let digits = settings.integer(Self.numberDigits, in: 0...8)
        if digits == 1 { settings.report(Self.numberDigits, "expected 0 for plain approval or 2 to 8 digits") }
        signIns = SignInSettings(
            timeout: settings.seconds(Self.timeout, in: 10...Int(SignInSettings.timeoutMax.components.seconds)),
            numberDigits: digits,
            limits: FailureLimits(
                softLimit: settings.integer(Self.softLimit, in: 1...1000),
                firstDelay: settings.seconds(Self.firstDelay, in: 1...3600),
                delayMax: settings.seconds(Self.delayMax, in: 1...86_400),
                hardCap: settings.integer(Self.hardCap, in: 1...FailureLimits.hardCapMax)),
            windows: OneTimePasswordWindows(
                steps: settings.integer(Self.window, in: 0...10),
                lookAhead: settings.integer(Self.lookAhead, in: 0...100),
                resynchronisation: settings.integer(Self.resynchronisation, in: 0...1000)),
            prompts: PromptLimits(
                perTenMinutes: settings.integer(Self.promptsPerTenMinutes, in: 1...1000),
                perDay: settings.integer(Self.promptsPerDay, in: 1...1000),
                suspendAfter: settings.integer(Self.suspendAfter, in: 1...1000)),
            fraudBlocks: settings.boolean(Self.fraudBlocks))
        activationLifetime = settings.seconds(Self.activation, in: 60...600)
        activationLimits = ActivationLimits(
            perCode: settings.integer(Self.wrongPerCode, in: 1...100),
            perPerson: settings.integer(Self.wrongPerPerson, in: 1...1000),
            perAddress: settings.integer(Self.wrongPerAddress, in: 1...10_000),
            ofAll: settings.integer(Self.wrongOfAll, in: 1...100_000))
        bypassLimits = BypassLimits(
            perAdministratorPerDay: settings.integer(Self.bypassesPerDay, in: 0...1000))
        passwordCost = settings.integer(Self.passwordCost, in: 14...18)
        retention = .seconds(86_400 * settings.integer(Self.retentionDays, in: 1...3650))
        // For a command; a fault is told here, too.
        _ = Self.auditRetentionMonths(reading: &settings)
        lastSeenFile = settings.optionalText(Self.lastSeenFile)
    }

    /// The domains alone, for commands that need to find a person and nothing else.
    static func identityDomains(reading settings: inout SettingsReader) -> IdentityDomains {
        IdentityDomains(settings.list(Self.domains))
    }

    /// How many whole months of the audit `audit retention` keeps; 0 for all of it.
    static func auditRetentionMonths(reading settings: inout SettingsReader) -> Int {
        settings.integer(auditRetention, in: 0...auditRetentionMax)
    }

    /// A hundred years.
    static let auditRetentionMax = 1200

    /// Whether activations can be made with this address; a link with any secret shows it, as all are of one length.
    private static func fitsLinks(_ mobileURL: String) -> Bool {
        ActivationLink(service: mobileURL, secret: ActivationSecret(from: SystemRandomSource())) != nil
    }

    /// Settings that are allowed and yet worth a warning at start.
    package var warnings: [String] {
        var warnings: [String] = []
        if signIns.windows.steps > 1 {
            warnings.append("passcodes.windowSteps is \(signIns.windows.steps): a stolen passcode lives longer")
        }
        if signIns.numberDigits < 6 {
            warnings.append("push.numberDigits is \(signIns.numberDigits): below NIST SP 800-63B-4 (six)")
        }
        return warnings
    }

    package static let keys: [SettingKey] =
        masterKeyKeys + [
            domains, mobileURL, issuer, timeout, numberDigits, promptsPerTenMinutes, promptsPerDay,
            suspendAfter, fraudBlocks, softLimit, firstDelay, delayMax, hardCap,
            window, lookAhead, resynchronisation, activation, wrongPerCode, wrongPerPerson, wrongPerAddress, wrongOfAll,
            bypassesPerDay, passwordCost, retentionDays, auditRetention, lastSeenFile,
        ]

    private static let domains = SettingKey(
        "identity.domains", .list, default: "", "domains whose DOMAIN\\name and name@domain mean the plain name")
    private static let mobileURL = SettingKey(
        "mobile.url", .text, "what phones call, such as https://mfa.example.org/PA; stands in activation links")
    private static let issuer = SettingKey(
        "identity.issuer", .text, default: "Countersign", "the name that authenticator apps show beside the account")
    private static let timeout = SettingKey(
        "push.timeoutSeconds", .seconds, default: "60", "how long a sign-in waits for its answer, at most 600")
    private static let numberDigits = SettingKey(
        "push.numberDigits", .integer, default: "6",
        "digits to type into the phone; 2 to 5, and 0 for plain approval, are marked in the audit")
    private static let promptsPerTenMinutes = SettingKey(
        "push.promptsPerTenMinutes", .integer, default: "5",
        "prompts that a person may get within ten minutes without a success")
    private static let promptsPerDay = SettingKey(
        "push.promptsPerDay", .integer, default: "20",
        "prompts that a person may get within 24 hours without a success")
    private static let suspendAfter = SettingKey(
        "push.suspendAfter", .integer, default: "3",
        "prompts in a row, denied or ignored, after which none follows until another factor succeeds or an "
            + "administrator unlocks")
    private static let fraudBlocks = SettingKey(
        "push.fraudBlocks", .boolean, default: "true",
        "whether a report of fraud blocks the person for 90 days or until an unblock; false: it stops prompts alone")
    private static let softLimit = SettingKey(
        "lockout.softLimit", .integer, default: "5", "failures of one factor in a row before it is delayed")
    private static let firstDelay = SettingKey(
        "lockout.firstDelaySeconds", .seconds, default: "30", "the first delay; each further failure doubles it")
    private static let delayMax = SettingKey(
        "lockout.delayMaxSeconds", .seconds, default: "3600", "the longest delay")
    private static let hardCap = SettingKey(
        "lockout.hardCap", .integer, default: "100",
        "failures in a row that disable a factor until it is unlocked, at most 100")
    private static let window = SettingKey(
        "passcodes.windowSteps", .integer, default: "1",
        "time steps accepted on each side of the present one, at most 10")
    private static let lookAhead = SettingKey(
        "passcodes.lookAhead", .integer, default: "10", "counters ahead of the next one that are accepted")
    private static let resynchronisation = SettingKey(
        "passcodes.resynchronisationWindow", .integer, default: "50",
        "counters ahead within which two passcodes in a row bring a token back")
    private static let activation = SettingKey(
        "activation.lifetimeSeconds", .seconds, default: "600", "how long a phone has to use an activation, at most 600"
    )
    private static let wrongPerCode = SettingKey(
        "activation.wrongPerCode", .integer, default: "5",
        "wrong typed codes after which an activation can be scanned only")
    private static let wrongPerPerson = SettingKey(
        "activation.wrongPerPerson", .integer, default: "20",
        "wrong typed codes for one person within 24 hours after which none is tried")
    private static let wrongPerAddress = SettingKey(
        "activation.wrongPerAddress", .integer, default: "10",
        "wrong activations from one address within a minute after which it gets 429")
    private static let wrongOfAll = SettingKey(
        "activation.wrongOfAll", .integer, default: "100",
        "wrong activations from all addresses within a minute after which each address has one try")
    private static let bypassesPerDay = SettingKey(
        "bypass.perAdministratorPerDay", .integer, default: "5",
        "one-time bypasses that one administrator may issue on a day, by UTC; 0 for none")
    private static let passwordCost = SettingKey(
        "passwords.cost", .integer, default: "15", "log₂ of the scrypt cost of local passwords")
    private static let auditRetention = SettingKey(
        "audit.retentionMonths", .integer, default: "0", effect: .command,
        "whole months before the present one that audit retention keeps of the audit; 0 for all; commands only")
    private static let lastSeenFile = SettingKey(
        "restore.lastSeenFile", .path,
        "this copy's own file, on its host, in which it keeps how far it has seen the database come: by that it notices "
            + "one that was restored")
    private static let retentionDays = SettingKey(
        "signIns.retentionDays", .integer, default: "30",
        "days that decided sign-ins are kept; those that a phone signed stay as evidence, and the audit is kept apart")
}

// SPDX-License-Identifier: Apache-2.0
package import Logging
package import MFACoreStore
package import MFADomain
package import Postgres
import Primitives

/// The rule with its stores, as the server's handlers and the administrators' commands share it.
package struct CoreServices: Sendable {
    package let client: PostgresClient
    package let store: PostgresPersonStore
    package let directory: PostgresUserDirectory
    package let digests: KeyedDigests
    package let signIns: SignInService
    package let users: UserService
    package let bypasses: BypassService
    package let factors: FactorService
    package let portal: PortalService
    package let devices: DeviceService

    /// - Parameters:
    ///   - instance: names this copy in the audit.
    ///   - announce: hears of sign-ins that were decided while somebody may wait for them.
    package init(
        client: PostgresClient, keys: LiveKeyring, rules configuration: RuleConfiguration, clock: ClockSanity,
        instance: String, logger: Logger, announce: @escaping @Sendable ([SignIn]) -> Void = { _ in }
    ) {
        let random = SystemRandomSource()
        // What digests and passwords are made with stays the same for the life of a process.
        let keyring = keys.present
        let domains = configuration.domains
        let signInRules = SignInRules(settings: configuration.signIns, random: random)
        self.client = client
        store = PostgresPersonStore(
            client: client, keys: keys, clock: clock, instance: instance, logger: logger, announce: announce)
        directory = PostgresUserDirectory(client: client)
        digests = KeyedDigests(keyring: keyring, random: random)
        let portalRules = PortalRules(signIns: signInRules, digests: digests)
        let factorRules = FactorRules(
            limits: configuration.signIns.limits, windows: configuration.signIns.windows)
        let activationRules = ActivationRules(
            random: random, digests: digests, lifetime: configuration.activationLifetime,
            limits: configuration.activationLimits)
        let passwords = PasswordHasher(keyring: keyring, cost: configuration.passwordCost, random: random)
        let recovery = RecoveryHashing(users: directory, passwords: passwords)
        signIns = SignInService(
            store: store, rules: signInRules, portal: portalRules, recovery: recovery, domains: domains)
        users = UserService(
            store: store, users: directory, passwords: passwords, rules: UserRules(signIns: signInRules),
            domains: domains, random: random)
        bypasses = BypassService(
            store: store, rules: BypassRules(limits: configuration.bypassLimits), domains: domains)
        factors = FactorService(
            store: store, rules: factorRules, activations: activationRules, portal: portalRules,
            recovery: recovery, domains: domains, random: random)
        portal = PortalService(
            store: store, users: directory, passwords: passwords, rules: portalRules, domains: domains)
        devices = DeviceService(
            store: store, rules: DeviceRules(signIns: signInRules), activations: activationRules,
            factors: factorRules, nonces: digests, domains: domains, random: random)
    }
}

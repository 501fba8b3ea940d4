// SPDX-License-Identifier: Apache-2.0
import MFACoreServer
import MFADomain
import Primitives
import ServiceRuntime
import Testing

struct MFACoreConfigurationTests {
    private func read(_ overrides: [String]) throws -> (MFACoreConfiguration, [String]) {
        var settings = try ServiceSettings.read(
            service: MFACoreService.name, file: nil, environment: [:], overrides: overrides,
            known: MFACoreService.allKeys)
        let configuration = MFACoreConfiguration(reading: &settings.reader)
        return (configuration, settings.problems)
    }

    private func keys(_ problems: [String]) -> [String] { problems.map { String($0.prefix { $0 != ":" }) }.sorted() }

    @Test func `has the ports and the bounds of the suite`() throws {
        let (configuration, _) = try read([])
        #expect(configuration.listener.port == 8440 && configuration.admin.port == 8450)
        let rules = configuration.rules
        #expect(rules.signIns.timeout == .seconds(60) && rules.signIns.numberDigits == 6)
        #expect(rules.signIns.limits.softLimit == 5 && rules.signIns.limits.hardCap == 100)
        #expect(rules.signIns.windows.steps == 1 && rules.activationLifetime == .seconds(600))
        #expect(rules.passwordCost == 15 && rules.retention == .seconds(30 * 86_400))
        #expect(rules.warnings.isEmpty)
        #expect(configuration.syslog == nil)
    }

    @Test func `tells everything that is missing at once`() throws {
        let (_, problems) = try read([])
        #expect(
            keys(problems) == [
                "database.url", "keys.masterKeyFile", "listener.certificate", "listener.clientCA",
                "listener.privateKey", "mobile.url",
            ])
    }

    // R15, R28, R34: no more than 100 failures, and ten minutes for a prompt or an activation.
    @Test(arguments: [
        "audit.retentionMonths=1201", "audit.retentionMonths=-1",
        "push.timeoutSeconds=601", "push.timeoutSeconds=9", "push.numberDigits=1", "push.numberDigits=9",
        "lockout.softLimit=0", "lockout.hardCap=101", "passcodes.windowSteps=11", "passcodes.lookAhead=101",
        "activation.lifetimeSeconds=601", "passwords.cost=13", "passwords.cost=19", "signIns.retentionDays=0",
        "mobile.url=http://mfa.example.org/PA", "syslog.port=0", "syslog.facility=24", "syslog.host=a b",
    ])
    func `refuses what is out of bounds`(setting: String) throws {
        let (_, problems) = try read([
            "database.url=host=localhost", "keys.masterKeyFile=/k", "listener.certificate=/c",
            "listener.privateKey=/p", "listener.clientCA=/a", "mobile.url=https://mfa.example.org/PA", setting,
        ])
        let key = String(setting.prefix { $0 != "=" })
        #expect(keys(problems).filter { !$0.hasPrefix("listener.") } == [key], "\(problems)")
    }

    @Test(arguments: [
        (["keys.pkcs11.token=t", "keys.pkcs11.key=k"], ["keys.pkcs11.key", "keys.pkcs11.token"]),
        (["keys.pkcs11.module=/m"], ["keys.pkcs11.key", "keys.pkcs11.pinFile", "keys.pkcs11.token"]),
        (
            ["keys.pkcs11.module=/m", "keys.pkcs11.token=t", "keys.pkcs11.key=k", "keys.pkcs11.pinFile=/nonexistent"],
            ["keys.pkcs11.pinFile"]
        ),
    ])
    func `a token that is half configured is told key by key`(settings: [String], faulty: [String]) throws {
        let (_, problems) = try read(settings)
        #expect(keys(problems).filter { $0.hasPrefix("keys.pkcs11.") } == faulty, "\(problems)")
    }

    @Test func `warns of what is allowed and yet weak`() throws {
        let (configuration, _) = try read([
            "passcodes.windowSteps=2", "push.numberDigits=0",
        ])
        #expect(configuration.rules.warnings.count == 2)
        #expect(configuration.rules.warnings.allSatisfy { $0.contains(" is ") })
    }
}

// SPDX-License-Identifier: Apache-2.0
import MobileAppServer
import Primitives
import ServiceRuntime
import Testing

struct MobileAppServiceConfigurationTests {
    private func read(_ overrides: [String]) throws -> (MobileAppServiceConfiguration, [String]) {
        var settings = try ServiceSettings.read(
            service: MobileAppService.name, file: nil, environment: [:], overrides: overrides,
            known: MobileAppService.allKeys)
        let configuration = MobileAppServiceConfiguration(reading: &settings.reader)
        return (configuration, settings.problems)
    }

    @Test func `has the ports and the prefix of the suite`() throws {
        let (configuration, _) = try read([])
        #expect(configuration.listener.port == 8444)
        #expect(configuration.admin.port == 8454)
        #expect(configuration.sdk.urls == ["https://localhost:8442"])
        #expect(configuration.account == "mobile")
        #expect(configuration.prefixes == ["/PA"])
    }

    @Test func `tells everything that is wrong at once`() throws {
        let (_, problems) = try read([
            "mobile.prefixes=PA,/a b", "sdk.account=a:b", "sdk.urls=http://plain", "listener.port=99999",
        ])
        let keys = problems.map { String($0.prefix { $0 != ":" }) }
        #expect(
            keys.sorted() == [
                "listener.certificate", "listener.port", "listener.privateKey", "mobile.prefixes", "mobile.prefixes",
                "sdk.account", "sdk.secretFile", "sdk.urls",
            ])
    }

    // R99
    @Test func `has no key for a database or for a key of the suite`() {
        let names = MobileAppService.allKeys.map(\.name)
        #expect(!names.contains { $0.hasPrefix("database.") || $0.hasPrefix("core.") || $0.contains("master") })
        let secrets = MobileAppService.allKeys.filter { $0.kind == .secretFile }.map(\.name)
        #expect(secrets.sorted() == ["listener.privateKey", "sdk.secretFile"])
    }
}

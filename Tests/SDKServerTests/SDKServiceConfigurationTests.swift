// SPDX-License-Identifier: Apache-2.0
import Postgres
import Primitives
import SDKServer
import ServiceRuntime
import Testing

struct SDKServiceConfigurationTests {
    private func read(_ overrides: [String]) throws -> (SDKServiceConfiguration, [String]) {
        var settings = try ServiceSettings.read(
            service: SDKService.name, file: nil, environment: [:], overrides: overrides, known: SDKService.allKeys)
        let configuration = SDKServiceConfiguration(reading: &settings.reader)
        return (configuration, settings.problems)
    }

    @Test func `has the ports and pool sizes of the suite`() throws {
        let (configuration, _) = try read(["database.url=postgresql://mfa_sdk@localhost/countersign"])
        #expect(configuration.listener.port == 8442)
        #expect(configuration.admin.port == 8452)
        #expect(configuration.core.urls == ["https://localhost:8440"])
        #expect(configuration.database.readConnections == 2)
        #expect(configuration.database.writeConnections == 2)
        #expect(configuration.database.applicationName == "sdk-service")
    }

    @Test func `tells everything that is wrong at once`() throws {
        let (_, problems) = try read(["core.urls=http://plain", "admin.port=x", "database.readConnections=0"])
        let keys = problems.map { String($0.prefix { $0 != ":" }) }
        #expect(
            keys.sorted() == [
                "admin.port", "core.certificate", "core.privateKey", "core.urls", "database.readConnections",
                "database.url", "listener.certificate", "listener.privateKey",
            ])
    }
}

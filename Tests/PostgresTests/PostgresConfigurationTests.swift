// SPDX-License-Identifier: Apache-2.0

import Postgres
import Primitives
import Testing

struct PostgresConfigurationTests {
    private struct NoSuchFile: Error {}

    private func read(_ settings: [String: String]) -> (configuration: PostgresConfiguration, problems: [String]) {
        var reader = SettingsReader(
            lookup: { settings[$0].map { [$0] } },
            readFile: { path throws in
                guard path == "/run/password" else { throw NoSuchFile() }
                return Array("secret\n".utf8)
            })
        let configuration = PostgresConfiguration(reading: &reader, readConnections: 2, writeConnections: 3)
        return (configuration, reader.problems)
    }

    @Test func `needs only the URL`() {
        let (configuration, problems) = read(["database.url": "postgresql://a,b:5433/x?sslmode=verify-full"])
        #expect(problems == [])
        #expect(configuration.url == "postgresql://a,b:5433/x?sslmode=verify-full")
        #expect(configuration.readConnections == 2)
        #expect(configuration.writeConnections == 3)
        #expect(configuration.statementDeadline == .seconds(5))
        #expect(configuration.password == nil)
    }

    @Test func `takes the password from a file and shows it nowhere`() {
        let (configuration, problems) = read([
            "database.url": "host=/run/postgresql dbname=x", "database.passwordFile": "/run/password",
        ])
        #expect(problems == [])
        #expect(configuration.password?.count == 6)
        #expect(!"\(configuration)".contains("secret"))
    }

    @Test(arguments: [
        "postgresql://mfa:hidden@localhost/x", "host=localhost password=hidden", "postgresql://u:hidden@h:x:y/z",
        "host", "postgresql://[::1/x",
    ])
    func `refuses passwords in the URL and what libpq cannot read, without repeating it`(url: String) {
        let problems = read(["database.url": url == "host" ? "host = = x" : url]).problems
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("database.url: ") == true)
        #expect(problems.first?.contains("hidden") == false)
    }

    @Test func `tells all faults at once`() {
        let problems = read([
            "database.readConnections": "none", "database.writeConnections": "0", "database.passwordFile": "/nowhere",
            "database.deadlineSeconds": "-1",
        ]).problems
        #expect(problems.count == 5)
    }

    @Test func `documents every key once, with the service's own defaults`() {
        let keys = PostgresConfiguration.keys(readConnections: 2, writeConnections: 3)
        #expect(Set(keys.map(\.name)).count == 6)
        #expect(keys.first { $0.name == "database.readConnections" }?.defaultText == "2")
        #expect(keys.first { $0.name == "database.writeConnections" }?.defaultText == "3")
        #expect(PostgresConfiguration.keys.map(\.name) == keys.map(\.name))
    }
}

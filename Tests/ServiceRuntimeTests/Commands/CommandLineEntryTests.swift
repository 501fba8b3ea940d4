// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Logging
import Primitives
import ServiceRuntime
import Testing

struct CommandLineEntryTests {
    private struct Sample: CountersignService {
        static let name = "sample-service"
        static let keys = [SettingKey("database.url", .text, "Where the database is.")]

        init(reading reader: inout SettingsReader) {
            _ = reader.text(Self.keys[0])
        }

        func run(logger: Logger, reload: Reload<Self>) async throws {}
    }

    private struct Refusing: AsyncParsableCommand {
        func run() async throws { throw CommandRefusal("not today") }
    }

    private func status(_ arguments: String...) async -> Int32 {
        await CommandLineEntry.status(of: ServiceCommand<Sample>.self, arguments: arguments)
    }

    @Test func `ends with 0 when done`() async throws {
        let file = try TestFolder()
        let path = try file.file("sample.yaml", "database: {url: x}\n")
        #expect(await status("--version") == 0)
        #expect(await status("--help") == 0)
        #expect(await status("check-config", "--config", path) == 0)
        #expect(await status("check-config", "--json", "--config", path) == 0)
        #expect(await status("check-config", "--explain", "database.url", "--config", path) == 0)
    }

    @Test func `ends with 1 when refused`() async throws {
        let file = try TestFolder()
        let path = try file.file("sample.yaml", "databse: {url: x}\n")
        #expect(await status("check-config", "--config", path) == 1)
        #expect(await status("check-config", "--json", "--config", path) == 1)
        #expect(await status("serve", "--config", path) == 1)
        #expect(await status("serve", "--config", "/nowhere/sample.yaml") == 1)
        #expect(await CommandLineEntry.status(of: Refusing.self, arguments: []) == 1)
    }

    @Test func `ends with 2 when used wrongly`() async {
        #expect(await status("surf") == 2)
        #expect(await status("serve", "--colour", "red") == 2)
        #expect(await status("check-config", "--explain", "database.uri") == 2)
    }

    @Test func `all keys include those of logging`() {
        #expect(Sample.allKeys.map(\.name) == ["database.url", "log.level", "log.format"])
    }
}

// SPDX-License-Identifier: Apache-2.0
import Primitives
import Testing

private struct Unreadable: Error, CustomStringConvertible {
    var description: String { "no such file" }
}

private enum Mode: String, CaseIterable {
    case strict, relaxed
}

/// A reader over values and files that stand in the test.
private func reader(_ values: [String: [String]] = [:], files: [String: String] = [:]) -> SettingsReader {
    SettingsReader(
        lookup: { values[$0] },
        readFile: { path in
            guard let text = files[path] else { throw Unreadable() }
            return Array(text.utf8)
        })
}

@Suite struct `A reader of settings` {
    private let host = SettingKey("listener.host", .text, default: "127.0.0.1", "Where to listen.")
    private let name = SettingKey("service.name", .text, "What the service is called.")
    private let port = SettingKey("listener.port", .integer, default: "8443", "The port.")
    private let wait = SettingKey("wait.max", .seconds, default: "55", "The longest wait.")
    private let plain = SettingKey("approve.plain", .boolean, default: "false", "Approval without a number.")
    private let urls = SettingKey("core.urls", .list, default: "https://a, https://b", "Copies of mfa-core.")
    private let mode = SettingKey("mode", .text, default: "strict", "How strict.")
    private let key = SettingKey("database.passwordFile", .secretFile, "The password.")

    @Test func `takes defaults for what is absent or empty`() {
        for values in [[:], ["listener.host": [""], "listener.port": [""]]] as [[String: [String]]] {
            var reader = reader(values)
            #expect(reader.text(host) == "127.0.0.1")
            #expect(reader.integer(port, in: 1...65_535) == 8443)
            #expect(reader.seconds(wait, in: 0...55) == .seconds(55))
            #expect(reader.boolean(plain) == false)
            #expect(reader.list(urls) == ["https://a", "https://b"])
            #expect(reader.choice(mode, of: Mode.self) == .strict)
            #expect(reader.secret(key) == nil)
            #expect(reader.optionalText(name) == nil)
            #expect(reader.problems.isEmpty)
        }
    }

    @Test func `takes values before defaults`() throws {
        var reader = reader(
            [
                "listener.host": ["::1"], "listener.port": ["1"], "wait.max": ["0"], "approve.plain": ["true"],
                "core.urls": ["https://c", "https://d"], "mode": ["relaxed"], "database.passwordFile": ["/run/key"],
            ], files: ["/run/key": "s3cret\r\n\n"])
        #expect(reader.text(host) == "::1")
        #expect(reader.integer(port, in: 1...65_535) == 1)
        #expect(reader.seconds(wait, in: 0...55) == .zero)
        #expect(reader.boolean(plain) == true)
        #expect(reader.list(urls) == ["https://c", "https://d"])
        #expect(reader.choice(mode, of: Mode.self) == .relaxed)
        let found = reader.secret(key)
        let secret = try #require(found)
        #expect(secret.withBytes { $0 } == Array("s3cret".utf8))
        #expect(reader.readableFile(key) == "/run/key")
        #expect(reader.problems.isEmpty)
    }

    @Test func `splits one value of a list at commas`() {
        var reader = reader(["core.urls": ["https://a , https://b,https://c"]])
        #expect(reader.list(urls) == ["https://a", "https://b", "https://c"])
    }

    @Test func `reports every fault, each with its key`() {
        var reader = reader(
            [
                "listener.port": ["65536"], "wait.max": ["ten"], "approve.plain": ["yes"], "mode": ["lax"],
                "listener.host": ["a", "b"], "database.passwordFile": ["/run/none"],
            ])
        _ = reader.text(name)
        #expect(reader.integer(port, in: 1...65_535) == 1)
        _ = reader.seconds(wait, in: 0...55)
        #expect(reader.boolean(plain) == false)
        #expect(reader.choice(mode, of: Mode.self) == .strict)
        _ = reader.text(host)
        #expect(reader.secret(key) == nil)
        reader.report(urls, "two are the same")
        #expect(
            reader.problems == [
                "service.name: is missing (What the service is called.)",
                "listener.port: expected a whole number from 1 to 65535, found “65536”",
                "wait.max: expected a whole number from 0 to 55, found “ten”",
                "approve.plain: expected true or false, found “yes”",
                "mode: expected one of strict, relaxed, found “lax”",
                "listener.host: expected one value, found 2",
                "database.passwordFile: cannot read “/run/none”: no such file",
                "core.urls: two are the same",
            ])
    }

    @Test func `does not take an empty file for a secret, nor show what is in one`() {
        var empty = reader(["database.passwordFile": ["/run/key"]], files: ["/run/key": "\n"])
        #expect(empty.secret(key) == nil)
        #expect(empty.problems == ["database.passwordFile: the file “/run/key” is empty"])
        var missing = reader(["database.passwordFile": ["/run/key"]])
        #expect(missing.readableFile(key) == "/run/key")
        #expect(missing.problems.count == 1)
    }

    @Test func `throws all faults as one text`() {
        let problems = ConfigurationProblems(messages: ["a: is missing", "b: is wrong"])
        #expect("\(problems)" == "a: is missing\nb: is wrong")
    }
}

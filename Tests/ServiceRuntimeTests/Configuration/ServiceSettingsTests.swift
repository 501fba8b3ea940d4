// SPDX-License-Identifier: Apache-2.0

import Primitives
import ServiceRuntime
import Testing

struct ServiceSettingsTests {
    private static let url = SettingKey("database.url", .text, "Where the database is.")
    private static let port = SettingKey("listener.port", .integer, default: "8440", "Port.")
    private static let on = SettingKey("push.enabled", .boolean, default: "false", "Whether.")
    private static let names = SettingKey("path.prefixes", .list, default: "/PA", "Prefixes.")
    private static let secret = SettingKey("database.passwordFile", .secretFile, "Password.")
    private static let known = [url, port, on, names, secret]

    private func settings(
        _ yaml: String, environment: [String: String] = [:], overrides: [String] = []
    ) throws -> ServiceSettings {
        let folder = try TestFolder()
        return try ServiceSettings.read(
            service: "mfa-core", file: try folder.file("core.yaml", yaml), environment: environment,
            overrides: overrides, known: Self.known)
    }

    @Test func `reads scalars and lists of YAML as text`() throws {
        var settings = try settings(
            "database: {url: postgresql://db}\nlistener:\n  port: 9440\npush:\n  enabled: true\npath:\n  prefixes: [/a, /b]\n"
        )
        let value1 = settings.reader.text(Self.url)
        #expect(value1 == "postgresql://db")
        let value2 = settings.reader.integer(Self.port, in: 0...65_535)
        #expect(value2 == 9_440)
        let value3 = settings.reader.boolean(Self.on)
        #expect(value3)
        let value4 = settings.reader.list(Self.names)
        #expect(value4 == ["/a", "/b"])
        #expect(settings.problems == [])
    }

    @Test func `flags win over the environment, and that over the file`() throws {
        let yaml = "database: {url: file}\nlistener: {port: 1}\npath: {prefixes: [/file]}\n"
        let environment = [
            "MFA_CORE__DATABASE__URL": "environment", "MFA_CORE__LISTENER__PORT": "2", "SDK_SERVICE__X": "not ours",
        ]
        var settings = try settings(
            yaml, environment: environment, overrides: ["listener.port=3", "listener.port=4"])
        let value5 = settings.reader.text(Self.url)
        #expect(value5 == "environment")
        let value6 = settings.reader.integer(Self.port, in: 0...65_535)
        #expect(value6 == 4)
        let value7 = settings.reader.list(Self.names)
        #expect(value7 == ["/file"])
        let value8 = settings.reader.boolean(Self.on)
        #expect(!value8)
        #expect(settings.origins["listener.port"] == .commandLine)
        #expect(settings.origins["database.url"] == .environment)
        #expect(settings.origins["path.prefixes"] == .file)
        #expect(settings.problems == [])
    }

    @Test func `a variable holds a list separated by commas`() throws {
        var settings = try settings("", environment: ["MFA_CORE__PATH__PREFIXES": "/a, /b,/c"])
        let value9 = settings.reader.list(Self.names)
        #expect(value9 == ["/a", "/b", "/c"])
    }

    @Test func `five faults are listed as five`() throws {
        var settings = try settings(
            "databse: {url: x}\nlistener: {port: many}\npush: {enabled: perhaps}\n",
            environment: ["MFA_CORE__LISTENER__PROT": "1"])
        _ = settings.reader.text(Self.url)
        _ = settings.reader.integer(Self.port, in: 0...65_535)
        _ = settings.reader.boolean(Self.on)
        // Reading a key twice does not double its fault.
        _ = settings.reader.boolean(Self.on)
        let faults = #expect(throws: ConfigurationProblems.self) { try settings.requireSound() }
        let messages = try #require(faults).messages
        #expect(messages.count == 5)
        #expect(messages.contains { $0.hasPrefix("databse.url: ") && $0.hasSuffix("did you mean “database.url”?") })
        #expect(
            messages.contains {
                $0.hasPrefix("MFA_CORE__LISTENER__PROT: ") && $0.hasSuffix("did you mean “MFA_CORE__LISTENER__PORT”?")
            })
        #expect(messages.contains { $0.hasPrefix("database.url: is missing") })
        #expect(messages.contains { $0.hasPrefix("listener.port: ") && $0.contains("“many”") })
        #expect(messages.contains { $0.hasPrefix("push.enabled: ") && $0.contains("“perhaps”") })
    }

    @Test func `an override needs a known key and a value`() throws {
        let settings = try settings("", overrides: ["listener.prt=1", "listener.port", "colour=red"])
        #expect(
            settings.problems == [
                "--set listener.prt: is not a known key; did you mean “listener.port”?",
                "--set listener.port: expected KEY=VALUE",
                "--set colour: is not a known key",
            ])
    }

    @Test func `a section whose keys are all commented out is no fault`() throws {
        let settings = try settings("database:\n  # url: x\n")
        #expect(settings.problems == [])
    }

    @Test(arguments: ["", "# nothing\n\n", "---\n"])
    func `a file without keys is no fault`(text: String) throws {
        let settings = try settings(text)
        #expect(settings.values.isEmpty && settings.problems.isEmpty)
    }

    @Test func `a missing file is one sentence`() throws {
        let faults = #expect(throws: ConfigurationProblems.self) {
            try ServiceSettings.read(
                service: "mfa-core", file: "/nowhere/core.yaml", environment: [:], overrides: [], known: Self.known)
        }
        #expect(
            faults?.messages == [
                "cannot read the configuration file “/nowhere/core.yaml”: no such file or directory"
            ])
    }

    @Test(arguments: [
        "database: {url: hunter2\nlistener: [", "just hunter2", "database: {url: 1}\ndatabase: {url: hunter2}\n",
        "\tdatabase: hunter2\n", "path: {prefixes: [[hunter2]]}",
    ])
    func `a malformed file is one sentence that does not quote it`(yaml: String) throws {
        let faults = #expect(throws: ConfigurationProblems.self) { try settings(yaml) }
        let messages = try #require(faults).messages
        #expect(messages.count == 1)
        #expect(messages[0].contains("is not valid YAML: "))
        #expect(!messages[0].contains("\n") && !messages[0].contains("hunter2"))
    }

    @Test func `a secret is read from a file of its owner`() throws {
        let folder = try TestFolder()
        let path = try folder.file("password", "correct horse\n", mode: 0o640)
        var settings = try settings("", overrides: ["database.passwordFile=\(path)"])
        let read = settings.reader.secret(Self.secret)
        let secret = try #require(read)
        #expect(secret.withBytes { $0 } == Array("correct horse".utf8))
        #expect(settings.problems == [])
    }

    @Test(arguments: [0o644, 0o601, 0o602])
    func `a secret file that others may touch is refused`(mode: Int) throws {
        let folder = try TestFolder()
        let path = try folder.file("password", "correct horse\n", mode: mode)
        var settings = try settings("", overrides: ["database.passwordFile=\(path)"])
        let secret = settings.reader.secret(Self.secret)
        #expect(secret == nil)
        #expect(settings.problems.count == 1)
        let text = String(mode, radix: 8)
        #expect(
            settings.problems.first?.contains("every user of this machine has access to it (mode 0\(text))") == true)
    }

    @Test func `a folder or a huge file is no secret`() throws {
        let folder = try TestFolder()
        let huge = try folder.file("huge", String(repeating: "x", count: 1 << 20 + 1))
        for path in [folder.path("."), huge] {
            var settings = try settings("", overrides: ["database.passwordFile=\(path)"])
            let secret = settings.reader.secret(Self.secret)
            #expect(secret == nil)
            #expect(settings.problems.count == 1)
        }
    }
}

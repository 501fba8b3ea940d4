// SPDX-License-Identifier: Apache-2.0

import Primitives
import ServiceRuntime
import Testing

struct SettingExplanationTests {
    private let url = SettingKey("database.url", .text, "Where the database is.")
    private let secret = SettingKey(
        "database.passwordFile", .secretFile, effect: .reload, "File with the password.")
    private let prefixes = SettingKey("path.prefixes", .list, default: "/PA", "Prefixes.")

    private func explain(
        _ key: SettingKey, environment: [String: String] = [:], overrides: [String] = []
    ) throws -> SettingExplanation {
        var settings = try ServiceSettings.read(
            service: "mfa-core", file: nil, environment: environment, overrides: overrides,
            known: [url, secret, prefixes])
        _ = settings.reader.text(url)
        _ = settings.reader.secret(secret)
        return SettingExplanation(of: key, service: "mfa-core", settings: settings)
    }

    @Test func `says what a key means, how it is set, and what holds now`() throws {
        let explanation = try explain(prefixes, overrides: ["path.prefixes=/a,/b"])
        #expect(
            explanation.text == """
                path.prefixes
                  Prefixes.

                  kind:           list; commas separate the items of an environment variable
                  default:        /PA
                  environment:    MFA_CORE__PATH__PREFIXES
                  command line:   --set path.prefixes=…
                  a change holds: after a restart
                  value:          [/a,/b]  (command line)

                """)
    }

    @Test func `shows no password, and of a secret only where its file is`() throws {
        let shown = try explain(
            url, environment: ["MFA_CORE__DATABASE__URL": "postgresql://core:hunter2@db/mfa"])
        #expect(shown.text.contains("value:          postgresql://core:•••@db/mfa  (environment)\n"))
        #expect(try !shown.document.contains("hunter2"))
        let folder = try TestFolder()
        let path = try folder.file("password", "hunter2\n")
        let file = try explain(secret, overrides: ["database.passwordFile=\(path)"])
        #expect(file.text.contains("a change holds: after SIGHUP, or a restart\n"))
        #expect(file.text.contains("value:          \(path)  (command line)\n") && !file.text.contains("hunter2"))
    }

    @Test func `the document for programs has every member, and the key's own faults`() throws {
        #expect(
            try explain(url, overrides: ["colour=red"]).document == """
                {
                  "default" : null,
                  "effect" : "restart",
                  "environment" : "MFA_CORE__DATABASE__URL",
                  "key" : "database.url",
                  "kind" : "text",
                  "meaning" : "Where the database is.",
                  "origin" : "not set",
                  "problems" : [
                    "database.url: is missing (Where the database is.)"
                  ],
                  "value" : null
                }

                """)
    }

    @Test func `what a key means is told without any configuration`() {
        let text = SettingExplanation(of: url, service: "mfa-core", settings: nil).text
        #expect(text.contains("  Where the database is.\n") && text.contains("value:          unknown\n"))
    }
}

// SPDX-License-Identifier: Apache-2.0

import Primitives
import ServiceRuntime
import Testing

struct ConfigurationReportTests {
    private let keys = [
        SettingKey("listener.port", .integer, default: "8440", "Port."),
        SettingKey("database.url", .text, "Where the database is."),
        SettingKey("path.prefixes", .list, default: "/PA", "Prefixes | paths."),
        SettingKey("database.passwordFile", .secretFile, "Password."),
    ]

    @Test func `shows every key with its origin`() throws {
        let settings = try ServiceSettings.read(
            service: "mfa-core", file: nil, environment: ["MFA_CORE__LISTENER__PORT": "1"],
            overrides: ["path.prefixes=/a,/b", "colour=red"], known: keys)
        let report = ConfigurationReport(settings: settings, keys: keys)
        #expect(
            report.text == """
                database:
                  passwordFile:   # not set
                  url:   # not set
                listener:
                  port: 1  # environment
                path:
                  prefixes: [/a,/b]  # command line

                """)
        #expect(report.problems == ["--set colour: is not a known key"])
    }

    @Test func `the document for programs has the same values and every fault`() throws {
        let settings = try ServiceSettings.read(
            service: "mfa-core", file: nil, environment: ["MFA_CORE__LISTENER__PORT": "1"],
            overrides: ["path.prefixes=/a", "colour=red"], known: keys)
        #expect(
            try ConfigurationReport(settings: settings, keys: keys).document == """
                {
                  "problems" : [
                    "--set colour: is not a known key"
                  ],
                  "values" : [
                    {
                      "key" : "database.passwordFile",
                      "origin" : "not set",
                      "value" : null
                    },
                    {
                      "key" : "database.url",
                      "origin" : "not set",
                      "value" : null
                    },
                    {
                      "key" : "listener.port",
                      "origin" : "environment",
                      "value" : "1"
                    },
                    {
                      "key" : "path.prefixes",
                      "origin" : "command line",
                      "value" : [
                        "/a"
                      ]
                    }
                  ]
                }

                """)
    }

    @Test(arguments: [
        ("postgresql://core:hunter2@db:5432/mfa", "postgresql://core:•••@db:5432/mfa"),
        ("postgresql://core:hun@ter2@db/mfa?sslmode=require", "postgresql://core:•••@db/mfa?sslmode=require"),
        ("postgresql://db/mfa?user=core&password=hunter2&x=1", "postgresql://db/mfa?user=core&password=•••&x=1"),
        ("host=db user=core password=hunter2 dbname=mfa", "host=db user=core password=••• dbname=mfa"),
        ("host=db password = 'a b' sslpassword='c\\' d' x=1", "host=db password = ••• sslpassword=••• x=1"),
        ("postgresql://core@db/mfa", "postgresql://core@db/mfa"),
    ])
    func `hides passwords`(value: String, shown: String) throws {
        let settings = try ServiceSettings.read(
            service: "mfa-core", file: nil, environment: ["MFA_CORE__DATABASE__URL": value], overrides: [], known: keys)
        let report = ConfigurationReport(settings: settings, keys: keys)
        #expect(report.text.contains("  url: \(shown)  # environment\n"))
        #expect(try report.document.contains("\"value\" : \"\(shown.replacing("\\", with: "\\\\"))\""))
    }

    @Test func `the reference has a row for each key`() {
        #expect(
            ConfigurationReference.markdown(service: "mfa-core", keys: Array(keys[0...2])) == """
                ## mfa-core

                | key | environment variable | kind | default | meaning |
                |---|---|---|---|---|
                | `database.url` | `MFA_CORE__DATABASE__URL` | text |  | Where the database is. |
                | `listener.port` | `MFA_CORE__LISTENER__PORT` | integer | `8440` | Port. |
                | `path.prefixes` | `MFA_CORE__PATH__PREFIXES` | list | `/PA` | Prefixes \\| paths. |

                """)
    }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFACoreServer
import MFACoreStore
import TestKit
import Testing

struct InstanceActivationTests {
    @Test func `makes a master key for its owner alone, once`() async throws {
        try await CommandSite.with(isActivated: false) { site, database async throws in
            let first = try await InstanceActivation.activate(site.options)
            #expect(first.json?.keys == ["instance", "masterKeyFile", "state"])
            #expect(first.json?["state"]?.text == "activated")
            let mode = try FileManager.default.attributesOfItem(atPath: site.masterKeyFile)[.posixPermissions]
            #expect(mode as? Int == 0o400)
            let key = try String(contentsOfFile: site.masterKeyFile, encoding: .utf8)
            for form in [true, false] {
                #expect(!first.rendered(asJSON: form).contains(key.trimmingCharacters(in: .newlines)))
            }
            let second = try await InstanceActivation.activate(site.options)
            #expect(second.json?["state"]?.text == "already-activated")
            #expect(second.json?["instance"] == first.json?["instance"])
            #expect(try String(contentsOfFile: site.masterKeyFile, encoding: .utf8) == key)
            _ = try await database.withClient { client in
                try await PostgresKeyStore(client: client).keyring(masterKeyFile: site.masterKeyFile)
            }
        }
    }

    @Test func `makes no key for a database that has one already`() async throws {
        try await withCoreDatabase { database in
            let site = try CommandSite(database)
            let refused = await fault { try await InstanceActivation.activate(site.options) }
            #expect(refused?.status == 1)
            #expect(refused?.sentences.first?.contains("master key is not at") == true)
            #expect(!FileManager.default.fileExists(atPath: site.masterKeyFile))
        }
    }

    @Test func `says what is missing before it touches anything`() async throws {
        try await CommandSite.with(isActivated: false) { site, _ async throws in
            let options = site.options("database.url=", "keys.masterKeyFile=")
            let refused = await fault { try await InstanceActivation.activate(options) }
            #expect(refused?.status == 1 && refused?.sentences.count == 2)
            #expect(!FileManager.default.fileExists(atPath: site.masterKeyFile))
        }
    }
}

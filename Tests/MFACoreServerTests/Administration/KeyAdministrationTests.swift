// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFACoreServer
import MFACoreStore
import Postgres
import Primitives
import Synchronization
import TestKit
import Testing

/// `key list`, `key rotate` and `key remove`, as administrators give them.
struct KeyAdministrationTests {
    @Test func `lists, rotates and removes`() async throws {
        try await CommandSite.with { site, core async throws in
            let before = try #require(try await KeyAdministration.list(site.options).json?["items"]?.items)
            #expect(before.count == 1)
            #expect(before.first?.keys == ["createdAt", "currentAt", "id", "isRemovable", "sealed", "state"])
            #expect(before.first?["state"]?.text == "current" && before.first?["isRemovable"]?.boolean == false)
            let sentences = Mutex<[String]>([])
            let done = try await KeyAdministration.rotate(valuesPerSecond: 1000, site.options) { sentence in
                sentences.withLock { $0.append(sentence) }
            }
            #expect(done.json?.keys == ["isResumed", "key", "removable", "resealed"])
            #expect(
                sentences.withLock { $0 } == [
                    "Made data key 2.", "Data key 2 seals from now on.", "Brought 0 of 1 values under it.",
                    "Brought 1 of 1 values under it.",
                ])
            let table = try await KeyAdministration.list(site.options).rendered(asJSON: false)
            #expect(table.contains("retiring, removable") && table.contains("1 in core.certificate_authority"))
            let current = await fault { try await KeyAdministration.remove(2, site.options) }
            #expect(current?.status == 1 && current?.sentences.first?.contains("is the current one") == true)
            _ = try await KeyAdministration.remove(1, site.options)
            #expect(try await KeyAdministration.list(site.options).json?["items"]?.items.count == 1)
            let key = try MasterKeyFile(path: site.masterKeyFile).load()
            _ = try await core.withClient { try await PostgresKeyStore(client: $0).load(key) }
        }
    }

    @Test func `says how far a rotation is and which copies run`() async throws {
        try await CommandSite.with { site, core async throws in
            let idle = try await KeyAdministration.status(site.options)
            #expect(idle.json?["rotation"]?.text == "none" && idle.json?["copies"]?.items.isEmpty == true)
            #expect(idle.rendered(asJSON: false).contains("No copy of mfa-core runs."))
            let master = try MasterKeyFile(path: site.masterKeyFile).load()
            try await core.withClient { client in
                let keyring = try await PostgresKeyStore(client: client).load(master)
                try await RunningCopies(client: client).announce(
                    SystemRandomSource().identifier(), name: "host:1", keyring: keyring)
            }
            try await core.database.run("insert into core.data_key (id, wrapped, state) values (2, '', 'prepared')")
            let status = try await KeyAdministration.status(site.options)
            #expect(status.json?["rotation"]?.text == "under-way")
            #expect(status.json?["copies"]?.items.first?["name"]?.text == "host:1")
            #expect(status.json?["copies"]?.items.first?["hasFormerMaster"]?.boolean == false)
        }
    }

    // F29
    @Test func `without its master key, or with another one, nothing is made and one sentence tells why`() async throws
    {
        try await CommandSite.with { site, core async throws in
            let kept = site.masterKeyFile + ".kept"
            try FileManager.default.moveItem(atPath: site.masterKeyFile, toPath: kept)
            let missing = await fault { try await KeyAdministration.rotate(valuesPerSecond: 1, site.options) { _ in } }
            #expect(missing?.status == 1)
            #expect(missing?.sentences.count == 1)
            #expect(
                missing?.sentences.first?.hasPrefix("There is no master key file “\(site.masterKeyFile)”; put ") == true
            )
            _ = try MasterKeyFile(path: site.masterKeyFile).loadOrCreate(random: SystemRandomSource())
            let wrong = await fault { try await KeyAdministration.rotate(valuesPerSecond: 1, site.options) { _ in } }
            #expect(wrong?.status == 1 && wrong?.sentences.count == 1)
            #expect(wrong?.sentences.first?.contains("is not the one this database was activated with") == true)
            #expect(try await KeyAdministration.list(site.options).json?["items"]?.items.count == 1)
        }
    }

    @Test func `wraps the keys under another master key, which is made for its owner alone`() async throws {
        try await CommandSite.with { site, core async throws in
            let file = "\(site.folder)/new.key"
            let same = await status {
                try await KeyAdministration.rewrap(newMasterKeyFile: site.masterKeyFile, site.options)
            }
            #expect(same == 2)
            let done = try await KeyAdministration.rewrap(newMasterKeyFile: file, site.options)
            #expect(done.json?["state"]?.text == "replaced")
            let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions]
            #expect(mode as? Int == 0o400)
            let again = try await KeyAdministration.rewrap(newMasterKeyFile: file, site.options)
            #expect(again.json?["state"]?.text == "already-replaced")
            let former = await fault { try await KeyAdministration.rotate(valuesPerSecond: 1, site.options) { _ in } }
            #expect(former?.sentences.count == 1)
            #expect(former?.sentences.first?.contains("This master key was replaced at") == true)
            try FileManager.default.removeItem(atPath: site.masterKeyFile)
            try FileManager.default.moveItem(atPath: file, toPath: site.masterKeyFile)
            _ = try await KeyAdministration.rotate(valuesPerSecond: 1000, site.options) { _ in }
        }
    }

    // F29: a file of another installation, cut off, open to others, or none at all; in use or as the new one.
    @Test(arguments: [
        ("other", 0o400, "is not the one this database was activated with"),
        ("half", 0o400, "was cut off or exchanged; put the file"), ("whole", 0o644, "run chmod 0400 on it"),
        ("none", 0o400, "was cut off or exchanged; put the file"),
    ])
    func `a bad key file is one sentence that says what to do, and nothing is changed`(
        what: String, mode: Int, words: String
    ) async throws {
        try await CommandSite.with { site, core async throws in
            let right = try String(contentsOfFile: site.masterKeyFile, encoding: .utf8)
            let other = Data(SystemRandomSource().bytes(32)).base64EncodedString() + "\n"
            let text = ["other": other, "half": String(right.prefix(22)), "whole": right, "none": ""][what] ?? ""
            let before = try await Self.keys(core)
            func expectRefusal(_ command: () async throws -> CommandReport) async throws {
                let refused = await fault(command)
                #expect(refused?.status == 1 && refused?.sentences.count == 1)
                #expect(refused?.sentences.first?.contains(words) == true, "\(refused?.sentences ?? [])")
                #expect(refused?.sentences.first?.contains(right.prefix(20)) == false)
                #expect(try await Self.keys(core) == before)
            }
            if what != "other" {
                let new = "\(site.folder)/new.key"
                try Workshop.write(text, to: new, mode: mode)
                try await expectRefusal { try await KeyAdministration.rewrap(newMasterKeyFile: new, site.options) }
                #expect(try String(contentsOfFile: new, encoding: .utf8) == text)
            }
            try FileManager.default.removeItem(atPath: site.masterKeyFile)
            try Workshop.write(text, to: site.masterKeyFile, mode: mode)
            try await expectRefusal { try await KeyAdministration.rotate(valuesPerSecond: 1, site.options) { _ in } }
            try await expectRefusal {
                try await KeyAdministration.rewrap(newMasterKeyFile: "\(site.folder)/another.key", site.options)
            }
            #expect(!FileManager.default.fileExists(atPath: "\(site.folder)/another.key"))
            try await expectRefusal { try await BackupAdministration.check(sample: 1, site.options) }
            try await expectRefusal { try await InstanceActivation.activate(site.options) }
        }
    }

    private static func keys(_ core: CoreDatabase) async throws -> [String] {
        try await PlainSession.open(core.superuser) { session in
            try session.run(
                """
                select i::text || coalesce((select string_agg(k::text, '' order by id) from core.data_key k), '') as row
                from core.instance i
                """)
        }.map { try $0.text("row") }
    }

    // F29, F31: the keys at hand are of one installation, the backup is of another.
    @Test func `backup-check tells a backup of another instance, and what to do`() async throws {
        try await CommandSite.with { site, _ async throws in
            try await CommandSite.with { other, core async throws in
                let before = try await Self.keys(core)
                let instance = try #require(
                    try await core.withClient { try await PostgresKeyStore(client: $0).instanceID() })
                let refused = await fault {
                    try await BackupAdministration.check(
                        sample: 10, other.options("keys.masterKeyFile=\(site.masterKeyFile)"))
                }
                #expect(refused?.status == 1 && refused?.sentences.count == 1)
                let sentence = refused?.sentences.first ?? ""
                #expect(sentence.contains("instance \(instance)") && sentence.contains("copy the master key file"))
                #expect(try await Self.keys(core) == before)
                let usable = try await BackupAdministration.check(sample: 10, other.options)
                #expect(usable.json?["instance"]?.text == instance.description)
            }
        }
    }

    @Test func `backup-check says in one sentence that the database can be used`() async throws {
        try await CommandSite.with { site, _ async throws in
            let report = try await BackupAdministration.check(sample: 10, site.options)
            #expect(report.json?["state"]?.text == "usable")
            #expect(report.json?["opened"]?["core.certificate_authority"]?.integer == 1)
            #expect(report.rendered(asJSON: false).split(separator: "\n").count == 1)
            #expect(await status { try await BackupAdministration.check(sample: 0, site.options) } == 2)
            try FileManager.default.removeItem(atPath: site.masterKeyFile)
            #expect(await status { try await BackupAdministration.check(sample: 1, site.options) } == 1)
        }
    }

    @Test(arguments: [0, -1, 100_001])
    func `a pace that is none is wrong usage`(pace: Int) async throws {
        try await CommandSite.with { site, _ async throws in
            #expect(
                await status { try await KeyAdministration.rotate(valuesPerSecond: pace, site.options) { _ in } } == 2)
        }
    }
}

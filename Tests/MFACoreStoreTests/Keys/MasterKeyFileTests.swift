// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFACoreStore
import Primitives
import Testing

struct MasterKeyFileTests {
    private static let text = Data((0..<32).map { UInt8($0) }).base64EncodedString() + "\n"

    @Test func `a fresh key file is readable by its owner alone and lies there whole`() async throws {
        try await TemporaryFolder.with { folder in
            let file = MasterKeyFile(path: folder.file("master.key"))
            #expect(try file.loadIfPresent() == nil)
            #expect(try file.loadOrCreate(random: SystemRandomSource()).isNew)
            #expect(try folder.names() == ["master.key"])
            #expect(try folder.mode(of: "master.key") == 0o400)
            let written = try String(contentsOfFile: file.path, encoding: .utf8)
            #expect(Data(base64Encoded: written.trimmingCharacters(in: .newlines))?.count == 32)
            _ = try file.load()
        }
    }

    @Test func `a key file that is there is used and stays as it is`() async throws {
        try await TemporaryFolder.with { folder in
            let path = try folder.write("master.key", Self.text, mode: 0o400)
            #expect(try !MasterKeyFile(path: path).loadOrCreate(random: SystemRandomSource()).isNew)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == Self.text)
        }
    }

    @Test func `of many who make the file at once one does, and all have its key`() async throws {
        try await TemporaryFolder.with { folder in
            let file = MasterKeyFile(path: folder.file("master.key"))
            let made = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<16 { group.addTask { try file.loadOrCreate(random: SystemRandomSource()).isNew } }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(made == 1)
            #expect(try folder.names() == ["master.key"])
        }
    }

    // R81, R99: whoever may read the key may open every secret.
    @Test(arguments: [0o404, 0o444, 0o604, 0o420, 0o402, 0o460, 0o640, 0o666])
    func `refuses a file that others have access to`(mode: Int) async throws {
        try await TemporaryFolder.with { folder in
            let path = try folder.write("master.key", Self.text, mode: mode)
            let error = #expect(throws: KeyError.self) { try MasterKeyFile(path: path).load() }
            #expect(error?.code == .fileUnsafe)
            #expect(error?.reason.contains("chmod 0400") == true)
        }
    }

    @Test(arguments: [0o400, 0o600])
    func `takes a file that only its owner has access to`(mode: Int) async throws {
        try await TemporaryFolder.with { folder in
            _ = try MasterKeyFile(path: try folder.write("master.key", Self.text, mode: mode)).load()
        }
    }

    /// What systemd makes of a credential: owned by root, open to a group that is the unit's own.
    @Test func `takes mode 0440 from root and from nobody else`() async throws {
        try await TemporaryFolder.with { folder in
            let file = MasterKeyFile(path: try folder.write("master.key", Self.text, mode: 0o440))
            if geteuid() == 0 {
                _ = try file.load()
            } else {
                #expect(throws: KeyError.self) { try file.load() }
            }
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
    func `refuses a file of another user`() async throws {
        try await TemporaryFolder.with { folder in
            let path = try folder.write("master.key", Self.text, mode: 0o400)
            try #require(chown(path, 65_534, 65_534) == 0)
            let error = #expect(throws: KeyError.self) { try MasterKeyFile(path: path).load() }
            #expect(error?.code == .fileUnsafe)
        }
    }

    @Test(arguments: ["", "\n", "AAAA\n", "not base 64 at all, but long enough to be a key\n"])
    func `refuses what is no key`(text: String) async throws {
        try await TemporaryFolder.with { folder in
            let file = MasterKeyFile(path: try folder.write("master.key", text, mode: 0o400))
            let error = #expect(throws: KeyError.self) { try file.load() }
            #expect(error?.code == .fileMalformed)
            // It may be half of somebody's key: nothing is written over it.
            #expect(throws: KeyError.self) { try file.loadOrCreate(random: SystemRandomSource()) }
            #expect(try String(contentsOfFile: file.path, encoding: .utf8) == text)
        }
    }

    @Test func `says so when there is no file, no folder, or a folder in its place`() async throws {
        try await TemporaryFolder.with { folder in
            let absent = #expect(throws: KeyError.self) { try MasterKeyFile(path: folder.file("none")).load() }
            #expect(absent?.code == .fileMissing)
            let homeless = #expect(throws: KeyError.self) {
                try MasterKeyFile(path: folder.file("none/master.key")).loadOrCreate(random: SystemRandomSource())
            }
            #expect(homeless?.code == .fileInaccessible)
            let wrong = #expect(throws: KeyError.self) { try MasterKeyFile(path: folder.path).load() }
            #expect(wrong?.code == .fileUnsafe)
        }
    }
}

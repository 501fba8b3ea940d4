// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFACoreStore
import Testing

/// What a copy keeps of the database outside of it.
struct LastSeenFileTests {
    private static let seen = LastSeen(
        place: DatabasePlace(systemIdentifier: "7001", database: 16_384), timeline: 3, epoch: 2, mark: 100)

    @Test func `what was kept is found again, and there is nothing before`() async throws {
        try await TemporaryFolder.with { folder in
            let file = LastSeenFile(path: folder.file("last-seen.json"))
            #expect(try file.load() == nil)
            // As a killed copy leaves it.
            _ = try folder.write("last-seen.json.new", "{\"ep")
            try file.save(Self.seen)
            #expect(try file.load() == Self.seen)
            #expect(try folder.names() == ["last-seen.json"])
        }
    }

    // R91: nothing is known then, and nothing is assumed.
    @Test(arguments: ["", "{", "{\"epoch\": 1}", "\u{0}\u{0}"])
    func `a file that says something else is told by what to do`(text: String) async throws {
        try await TemporaryFolder.with { folder in
            let path = try folder.write("last-seen.json", text)
            let refused = #expect(throws: RestoreError.self) { try LastSeenFile(path: path).load() }
            #expect(refused?.reason.contains("serve --restored") == true && refused?.reason.contains(path) == true)
        }
    }

    @Test func `a place that cannot be written to is named`() async throws {
        try await TemporaryFolder.with { folder in
            let path = folder.file("absent/last-seen.json")
            let refused = #expect(throws: RestoreError.self) { try LastSeenFile(path: path).save(Self.seen) }
            #expect(refused?.reason.contains(path) == true)
            let pipe = folder.file("pipe")
            #expect(mkfifo(pipe, 0o600) == 0)
            #expect(throws: RestoreError.self) { try LastSeenFile(path: pipe).load() }
        }
    }
}

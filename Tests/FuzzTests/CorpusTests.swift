// SPDX-License-Identifier: Apache-2.0
import Foundation
import FuzzEntries
import Testing

/// The corpus of `make fuzz`, through the functions that it fuzzes: each file is a case that must go on to hold.
struct CorpusTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fuzz/corpus")

    @Test(arguments: FuzzTarget.allCases)
    func `everything holds for every file of the corpus`(target: FuzzTarget) throws {
        let folder = Self.folder.appending(path: target.rawValue)
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(files.count >= 5 && files.count <= 200, "\(files.count) files")
        for file in files {
            let bytes = [UInt8](try Data(contentsOf: file))
            #expect(bytes.count <= 4096, "\(file.lastPathComponent) is too large for a corpus")
            let fault = target.fault(on: bytes)
            #expect(fault == nil, "\(target.rawValue)/\(file.lastPathComponent)")
        }
    }

    @Test(arguments: FuzzTarget.allCases)
    func `everything holds for the corpus with one byte changed`(target: FuzzTarget) throws {
        let folder = Self.folder.appending(path: target.rawValue)
        var state: UInt64 = 1
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
            let bytes = [UInt8](try Data(contentsOf: file))
            for _ in 0..<20 where !bytes.isEmpty {
                // A fixed sequence (Knuth's MMIX), so that a failure comes again.
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                var changed = bytes
                changed[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 24)
                #expect(target.fault(on: changed) == nil, "\(file.lastPathComponent): \(changed)")
            }
        }
    }

    @Test func `the corpus has a folder for each target, and no other`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(names.sorted() == FuzzTarget.allCases.map(\.rawValue).sorted())
    }
}

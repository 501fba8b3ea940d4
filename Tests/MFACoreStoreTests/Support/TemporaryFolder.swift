// SPDX-License-Identifier: Apache-2.0
import Foundation
import Primitives

/// A folder of one test's own, removed with everything in it.
struct TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "countersign-" + Hex.encode(SystemRandomSource().bytes(8))
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    }

    static func with<R>(
        isolation: isolated (any Actor)? = #isolation, _ body: (TemporaryFolder) async throws -> R
    ) async throws -> R {
        let folder = try TemporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder.path) }
        return try await body(folder)
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    func write(_ name: String, _ text: String, mode: Int = 0o600) throws -> String {
        let file = file(name)
        guard
            FileManager.default.createFile(
                atPath: file, contents: Data(text.utf8), attributes: [.posixPermissions: mode])
        else { throw CocoaError(.fileWriteUnknown) }
        return file
    }

    func makeFolder(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: file(name), withIntermediateDirectories: false)
    }

    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }

    func mode(of name: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: file(name))
        return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? -1
    }
}

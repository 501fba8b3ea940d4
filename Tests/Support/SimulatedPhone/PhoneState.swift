// SPDX-License-Identifier: Apache-2.0
import Foundation

/// What a phone remembers between two runs; whoever has it can answer as this phone.
package struct PhoneState: Codable, Sendable, Equatable {
    /// The base URL of the service for phones.
    package var service: String
    /// PEM of the certification authorities to trust; nil for the system's.
    package var trustRootsPath: String?
    /// The private key, 32 bytes in base64url.
    package var key: String
    package var identity: PhoneIdentity

    /// Reads a state that ``save(to:)`` wrote.
    package static func load(from path: String) throws -> Self {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw PhoneError.file(path: path, reason: "there is nothing to read; activate a phone first")
        }
        do {
            return try JSONDecoder().decode(Self.self, from: bytes)
        } catch {
            throw PhoneError.file(path: path, reason: "it is not the state of a phone")
        }
    }

    /// Writes the state so that nobody else can read it (mode 0600), and only whole.
    package func save(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let bytes = try encoder.encode(self)
        // A new file beside the old one: it never has another mode, and the old one stays until this one is whole.
        let draft = "\(path).\(UUID().uuidString)"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        guard descriptor >= 0 else { throw PhoneError.file(path: path, reason: "it cannot be created") }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
        do {
            try file.write(contentsOf: bytes)
            try file.close()
        } catch {
            unlink(draft)
            throw PhoneError.file(path: path, reason: "it cannot be written")
        }
        guard rename(draft, path) == 0 else {
            unlink(draft)
            throw PhoneError.file(path: path, reason: "it cannot be replaced")
        }
    }
}

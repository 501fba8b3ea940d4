// SPDX-License-Identifier: Apache-2.0
import Foundation
import Primitives
import Testing
import TestKit

/// A search that found nothing would prove anything: what it has to find, it finds.
struct SecretSearchTests {
    // R83
    @Test func `a secret is found in every form, inside of longer texts, and nothing else is`() async throws {
        let folder = try Workshop.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let secret = "c4n4ry: \(Workshop.unique())/+?"
        var search = SecretSearch(folder: folder)
        search.add("the secret", secret)
        let around = Array("name:".utf8) + Array(secret.utf8) + Array(" and more".utf8)
        let url = Base64URL.encode(around)
        let forms: [String] = [
            secret, PercentEncoding.encode(secret), Hex.encode(around), Hex.encode(around).uppercased(), url,
            Data(around).base64EncodedString(), Data(around.dropFirst()).base64EncodedString(),
            Data(around.dropFirst(2)).base64EncodedString(), Base32.encode(around), Base32.encode(around.dropFirst()),
            Base32.encode(around.dropFirst(3)).lowercased(), Base32.encode(around.dropFirst(4)),
            "user=a&password=" + secret.replacing(" ", with: "+"),
        ]
        for (number, form) in forms.enumerated() {
            try Workshop.write("before\n\u{0}x\(form)x\nafter", to: "\(folder)/searched/\(number)")
            let hits = try await search.hits(in: ["\(folder)/searched/\(number)"])
            #expect(hits.contains { $0.hasPrefix("the secret in ") }, "\(number): \(form)")
        }
        try Workshop.write("c4n4ry: nothing\n\(Workshop.unique())", to: "\(folder)/clean/0")
        #expect(try await search.hits(in: ["\(folder)/clean"]).isEmpty)
    }

    // R83: keys are bytes, with line ends among them.
    @Test func `bytes are found as they are`() async throws {
        let folder = try Workshop.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let key: [UInt8] = [1, 0x0a, 0xff, 0x80, 7, 9, 200, 13, 27, 99, 0x0a, 0, 255, 3]
        var search = SecretSearch(folder: folder)
        search.add("the key", key)
        let dump = Data([0, 1, 2] + key + [4, 5])
        #expect(FileManager.default.createFile(atPath: "\(folder)/dump", contents: dump))
        #expect(try await search.hits(in: ["\(folder)/dump"]).contains { $0.hasPrefix("the key in ") })
        try Workshop.write("\\x\(Hex.encode(key))", to: "\(folder)/text")
        #expect(try await search.hits(in: ["\(folder)/text"]).contains { $0.hasPrefix("the key in ") })
    }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFACoreStore
import Primitives
import Testing

/// Keys and checkpoints as they lie in files (R86).
struct CheckpointFileTests {
    private static let now = Instant(microseconds: 1_767_225_600_123_456)

    private func checkpoint(_ seq: Int64, by key: CheckpointKey) throws -> AuditCheckpoint {
        try key.sign(seq: seq, hash: AuditChain.hash(after: AuditChain.start, row: [UInt8(seq)]), at: Self.now)
    }

    @Test func `a signature is good for its key, and for what was signed alone`() throws {
        let key = CheckpointKey()
        let signed = try checkpoint(7, by: key)
        #expect(key.publicKey.signed(signed))
        #expect(!CheckpointKey().publicKey.signed(signed))
        let (seq, hash, time, name) = (signed.seq, signed.hash, signed.signedAt, signed.keyName)
        for bent in [
            AuditCheckpoint(seq: 8, hash: hash, signedAt: time, keyName: name, signature: signed.signature),
            AuditCheckpoint(
                seq: seq, hash: AuditChain.start, signedAt: time, keyName: name, signature: signed.signature),
            AuditCheckpoint(
                seq: seq, hash: hash, signedAt: time + .milliseconds(1), keyName: name, signature: signed.signature),
            AuditCheckpoint(seq: seq, hash: hash, signedAt: time, keyName: "other", signature: signed.signature),
            AuditCheckpoint(seq: seq, hash: hash, signedAt: time, keyName: name, signature: []),
        ] { #expect(!key.publicKey.signed(bent)) }
    }

    @Test func `what is added to the file is read again, whole lines only`() async throws {
        try await TemporaryFolder.with { folder in
            let key = CheckpointKey()
            let file = CheckpointFile(path: folder.file("checkpoints.jsonl"))
            #expect(try file.last() == nil)
            let added = try (1...3).map { try checkpoint($0, by: key) }
            for checkpoint in added { try file.append(checkpoint) }
            var (reader, read): (CheckpointFile.Reader, [AuditCheckpoint]) = (try file.reader(), [])
            while let next = try reader.next() { read.append(next) }
            #expect(read == added && read.allSatisfy { key.publicKey.signed($0) })
            #expect(try file.last() == added[2])
            let text = try String(contentsOfFile: file.path, encoding: .utf8)
            // The machine went down in the middle of a line.
            _ = try folder.write("checkpoints.jsonl", String(text.dropLast(10)))
            #expect(try file.last() == added[1])
            // Half a line is in nobody's way afterwards, be it the file's only one.
            try file.append(added[2])
            #expect(try String(contentsOfFile: file.path, encoding: .utf8) == text)
            let first = CheckpointFile(path: try folder.write("first.jsonl", String(text.prefix(20))))
            try first.append(added[0])
            #expect(try first.last() == added[0])
            let foreign = CheckpointFile(path: try folder.write("foreign.jsonl", String(repeating: "x", count: 5000)))
            #expect(throws: KeyError.self) { try foreign.append(added[0]) }
            for bad in ["{}\n", "\n", "no JSON\n", String(repeating: "x", count: 100_000)] {
                let other = CheckpointFile(path: try folder.write("bad.jsonl", text + bad))
                let refused = #expect(throws: KeyError.self) { try other.last() }
                #expect(refused?.code == .fileMalformed && refused?.reason.contains("Line 4") == true)
            }
        }
    }

    @Test func `a key is made once, in files of its own, and read again`() async throws {
        try await TemporaryFolder.with { folder in
            let (secret, open) = (folder.file("signer.pem"), folder.file("public.pem"))
            let made = try CheckpointKeyFile.make(secret, publicPath: open)
            #expect(try folder.mode(of: "signer.pem") == 0o400 && folder.mode(of: "public.pem") == 0o444)
            #expect(try CheckpointKeyFile.load(secret).publicKey.name == made.name)
            #expect(try CheckpointKeyFile.loadPublic(open).name == made.name)
            #expect(throws: KeyError.self) { try CheckpointKeyFile.make(secret, publicPath: folder.file("p")) }
            #expect(throws: KeyError.self) { try CheckpointKeyFile.load(open) }
            #expect(throws: KeyError.self) { try CheckpointKeyFile.load(folder.file("none")) }
            #expect(throws: KeyError.self) { try CheckpointKeyFile.load(folder.path) }
            let pem = try String(contentsOfFile: secret, encoding: .utf8)
            let readable = try folder.write("readable.pem", pem, mode: 0o640)
            let refused = #expect(throws: KeyError.self) { try CheckpointKeyFile.load(readable) }
            #expect(refused?.code == .fileUnsafe)
        }
    }
}

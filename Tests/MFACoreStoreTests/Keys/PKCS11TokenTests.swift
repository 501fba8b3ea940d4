// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFACoreStore
import Primitives
import TestKit
import Testing

/// A master key that a PKCS #11 token seals, by the real program and SoftHSM (R81).
@Suite(.serialized, .timeLimit(.minutes(3)))
struct PKCS11TokenTests {
    private func withSite(_ body: (CoreProgram, SoftToken, CoreDatabase) async throws -> Void) async throws {
        try await withCoreDatabase(isActivated: false) { core in
            try await TemporaryFolder.with { folder async throws in
                let token = try await SoftToken.make(in: folder)
                try await token.makeKey("master")
                var program = try CoreProgram(core, in: folder)
                program.environment = token.environment
                try await body(program, token, core)
            }
        }
    }

    /// What a command is refused with: one sentence, and no PIN in it.
    private func refusal(
        _ program: CoreProgram, _ token: SoftToken, _ settings: [String], of command: [String] = ["key", "rotate"]
    ) async throws -> String {
        let outcome = try await program.run(command + settings)
        #expect(outcome.status == 1 && outcome.output.isEmpty, "\(outcome.output)")
        #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
        #expect(!outcome.errors.contains(token.pin))
        return outcome.errors
    }

    @Test func `the token seals the file that activate makes, and opens it at every start`() async throws {
        try await withSite { program, token, _ async throws in
            let activated = try await program.run(["activate"] + token.settings())
            #expect(activated.status == 0, "\(activated.errors)")
            #expect(!(activated.output + activated.errors).contains(token.pin))
            #expect(try program.folder.mode(of: "master.key") == 0o400)
            let contents = try String(contentsOfFile: program.keyFile, encoding: .utf8)
            let sealed = try #require(JSON(parsing: Array(contents.utf8)))
            #expect(sealed["token"]?.text == "countersign" && sealed["key"]?.text == "master")
            // 32 bytes and a tag, so that nothing of the key stands beside them.
            #expect(Data(base64Encoded: sealed["sealed"]?.text ?? "")?.count == 48)
            let rotated = try await program.run(["key", "rotate"] + token.settings())
            #expect(rotated.status == 0, "\(rotated.errors)")
            let again = try await program.run(["activate", "--json"] + token.settings())
            #expect(try again.document()["state"] as? String == "already-activated")
        }
    }

    // F29: whatever is wrong with the token, one sentence says what, and nothing is half done.
    @Test func `what cannot be opened is told by what to do`() async throws {
        try await withSite { program, token, core async throws in
            #expect(try await program.run(["activate"] + token.settings()).status == 0)
            func told(_ others: [String: String]) async throws -> String {
                try await refusal(program, token, token.settings(others))
            }
            #expect(try await refusal(program, token, []).contains("keys.pkcs11.module"))
            let wrong = try program.folder.write("wrong.pin", "not the PIN\n")
            #expect(try await told(["keys.pkcs11.pinFile": wrong]).contains("refuses the PIN"))
            let module = try await told(["keys.pkcs11.module": "/nonexistent/module.so"])
            #expect(module.contains("/nonexistent/module.so"))
            let library = try await told(["keys.pkcs11.module": "libm.so.6"])
            #expect(library.contains("is no PKCS #11 module"))
            let missing = try await told(["keys.pkcs11.token": ""])
            #expect(missing.contains("keys.pkcs11.token: is missing"))

            let contents = try String(contentsOfFile: program.keyFile, encoding: .utf8)
            for (text, word) in [
                (
                    contents.replacing("\"token\":\"countersign\"", with: "\"token\":\"other\""),
                    "no token labelled “other”"
                ),
                (contents.replacing("\"key\":\"master\"", with: "\"key\":\"other\""), "no secret key labelled “other”"),
                (bent(contents), "does not open with the key “master”"),
                (String(contents.prefix(contents.count / 2)), "was cut off or changed"),
                (contents.replacing("\"version\":1", with: "\"version\":2"), "was cut off or changed"),
            ] {
                try replaceKeyFile(of: program, by: text)
                #expect(try await refusal(program, token, token.settings()).contains(word), "\(word)")
            }
            try replaceKeyFile(of: program, by: contents)
            #expect(try await core.dataKeys().count == 1)
            #expect(try await program.run(["key", "rotate"] + token.settings()).status == 0)
        }
    }

    // R82
    @Test func `rewrap goes from a file to a token, to another key of it, and back to a file`() async throws {
        try await withSite { program, token, _ async throws in
            try await token.makeKey("second")
            #expect(try await program.run("activate").status == 0)
            let plain = try String(contentsOfFile: program.keyFile, encoding: .utf8)
            #expect(!plain.hasPrefix("{"))
            for (settings, more, isSealed) in [
                (token.settings(), [], true), (token.settings(key: "second"), [], true),
                (token.settings(), ["--plain"], false),
            ] as [([String], [String], Bool)] {
                let new = program.folder.file("new.key")
                let done = try await program.run(["key", "rewrap", "--new-master", new] + more + settings)
                #expect(done.status == 0, "\(done.errors)")
                let made = try String(contentsOfFile: new, encoding: .utf8)
                #expect(made.hasPrefix("{") == isSealed)
                try FileManager.default.removeItem(atPath: program.keyFile)
                try FileManager.default.moveItem(atPath: new, toPath: program.keyFile)
                let rotated = try await program.run(["key", "rotate"] + settings)
                #expect(rotated.status == 0, "\(rotated.errors)")
            }
            // No token is needed any more.
            #expect(try await program.run("key", "rotate").status == 0)
        }
    }

    @Test func `a token that seals nothing leaves no file`() async throws {
        try await TemporaryFolder.with { folder async throws in
            let key = PKCS11Token.Key(token: "countersign", label: "master")
            let token = PKCS11Token(module: "/nonexistent.so", pin: SecretBytes(utf8: "1234"), key: key)
            let file = MasterKeyFile(path: folder.file("master.key"), token: token)
            let refused = #expect(throws: KeyError.self) { try file.loadOrCreate(random: SystemRandomSource()) }
            #expect(refused?.code == .tokenRefused)
            #expect(try folder.names().isEmpty)
            #expect(try file.loadOrCreate(random: SystemRandomSource(), isPlain: true).isNew)
        }
    }

    private func replaceKeyFile(of program: CoreProgram, by text: String) throws {
        try FileManager.default.removeItem(atPath: program.keyFile)
        _ = try program.folder.write("master.key", text, mode: 0o400)
    }

    /// With one character of what is sealed changed.
    private func bent(_ contents: String) -> String {
        guard let start = contents.firstRange(of: "\"sealed\":\"")?.upperBound else { return contents }
        let replacement = contents[start] == "A" ? "B" : "A"
        return contents.replacingCharacters(in: start...start, with: replacement)
    }
}

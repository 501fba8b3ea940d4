// SPDX-License-Identifier: Apache-2.0
import Foundation
import Primitives

/// A master key as it stands in a file that a token sealed: which key of which token, and AES-256-GCM by that.
struct SealedMasterKey: Codable {
    private static let data = Array("countersign sealed master key v1".utf8)
    private static let currentVersion = 1

    let version: Int
    let token: String
    let key: String
    private let nonce: Data
    private let sealed: Data

    /// Whether a file's contents are meant as this, rather than as a key that nothing seals.
    static func isMeant(by contents: [UInt8]) -> Bool { contents.first == UInt8(ascii: "{") }

    /// Nil for anything else, and for what another version wrote.
    init?(fileContents: [UInt8]) {
        guard let found = try? JSONDecoder().decode(Self.self, from: Data(fileContents)),
            found.version == Self.currentVersion
        else { return nil }
        self = found
    }

    /// Seals a key with the token's key for new files.
    init(_ master: MasterKey, by token: PKCS11Token, random: any RandomSource) throws(KeyError) {
        let nonce = random.bytes(PKCS11Token.nonceBytes)
        let bytes = master.bytes.withBytes { $0 }
        version = Self.currentVersion
        self.token = token.key.token
        key = token.key.label
        self.nonce = Data(nonce)
        sealed = Data(try token.seal(bytes, nonce: nonce, authenticating: Self.data))
    }

    /// Opens it with the key that it names.
    ///
    /// - Parameter path: what the file is called, for the operator.
    func open(by token: PKCS11Token, path: String) throws(KeyError) -> MasterKey {
        let place = PKCS11Token.Key(token: self.token, label: key)
        let bytes = try token.open(
            Array(sealed), nonce: Array(nonce), authenticating: Self.data, by: place)
        guard let bytes, let master = MasterKey(bytes: bytes) else {
            throw KeyError(
                .fileMalformed,
                "The master key in “\(path)” does not open with the key “\(key)” of the token “\(self.token)”: the file was "
                    + "changed, or the token has another key of that name; take both from one time.")
        }
        return master
    }

    /// What stands in the file.
    func line() throws(KeyError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let json = try? encoder.encode(self) else {
            throw KeyError(.damaged, "The sealed master key could not be written as JSON.")
        }
        return String(decoding: json, as: UTF8.self) + "\n"
    }
}

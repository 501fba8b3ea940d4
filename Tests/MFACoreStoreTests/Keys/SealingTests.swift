// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import Primitives
import TestKit
import Testing

/// R81: what is sealed opens at its own place, in its own version, unchanged, and nowhere else.
struct SealingTests {
    private static let secret = SecretBytes(utf8: "12345678901234567890")

    private static func place(
        purpose: String = "otp-seed", table: String = "factor", row: String = "1", owner: String = "alice",
        version: Int64 = 1
    ) -> SealPlace {
        SealPlace(purpose: purpose, table: table, row: row, owner: owner, secretVersion: version)
    }

    private func withKeyring(_ body: (Keyring) throws -> Void) async throws {
        try await withCoreDatabase { core in try body(try await core.keyring()) }
    }

    @Test func `opens at the place it was sealed for`() async throws {
        try await withKeyring { keyring in
            let sealed = try keyring.seal(Self.secret, at: Self.place())
            let opened = try keyring.open(sealed.bytes, keyID: sealed.keyID, at: Self.place())
            #expect(opened.withBytes { $0 } == Self.secret.withBytes { $0 })
        }
    }

    @Test func `opens at no other row, owner, table, purpose, version or key`() async throws {
        try await withKeyring { keyring in
            let sealed = try keyring.seal(Self.secret, at: Self.place())
            let others = [
                Self.place(row: "2"), Self.place(owner: "bob"), Self.place(table: "idempotency"),
                Self.place(purpose: "answer"), Self.place(version: 2), Self.place(version: 0),
                // The same letters, cut elsewhere.
                Self.place(table: "facto", row: "r1"),
            ]
            for place in others {
                #expect(throws: SealingError.self) {
                    try keyring.open(sealed.bytes, keyID: sealed.keyID, at: place)
                }
            }
            #expect(throws: SealingError.self) {
                try keyring.open(sealed.bytes, keyID: sealed.keyID + 1, at: Self.place())
            }
        }
    }

    @Test func `an older ciphertext of the same row does not open after a new one was made`() async throws {
        try await withKeyring { keyring in
            let older = try keyring.seal(Self.secret, at: Self.place(version: 1))
            let newer = try keyring.seal(Self.secret, at: Self.place(version: 2))
            _ = try keyring.open(newer.bytes, keyID: newer.keyID, at: Self.place(version: 2))
            #expect(throws: SealingError.self) {
                try keyring.open(older.bytes, keyID: older.keyID, at: Self.place(version: 2))
            }
        }
    }

    @Test func `no bit of it can be changed, and none left out`() async throws {
        try await withKeyring { keyring in
            let sealed = try keyring.seal(Self.secret, at: Self.place())
            for bit in 0..<(sealed.bytes.count * 8) {
                var bytes = sealed.bytes
                bytes[bit / 8] ^= 1 << UInt8(bit % 8)
                #expect(throws: SealingError.self) {
                    try keyring.open(bytes, keyID: sealed.keyID, at: Self.place())
                }
            }
            for count in [0, 12, 27, sealed.bytes.count - 1] {
                #expect(throws: SealingError.self) {
                    try keyring.open(Array(sealed.bytes.prefix(count)), keyID: sealed.keyID, at: Self.place())
                }
            }
        }
    }

    @Test func `a million ciphertexts have as many nonces`() async throws {
        try await withKeyring { keyring in
            let (secret, place) = (SecretBytes([1]), Self.place())
            var nonces: Set<[UInt8]> = []
            for _ in 0..<1_000_000 {
                nonces.insert(Array(try keyring.seal(secret, at: place).bytes.prefix(12)))
            }
            #expect(nonces.count == 1_000_000)
        }
    }
}

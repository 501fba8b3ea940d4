// SPDX-License-Identifier: Apache-2.0
import MFACoreServer
import MFACoreStore
import MFADomain
import Primitives
import TestKit
import Testing

struct PasswordHasherTests {
    /// Cheaper than configuration allows: these tests are not about slowness.
    private static let cost = 10

    private func withHasher(_ body: (PasswordHasher) async throws -> Void) async throws {
        try await withCoreDatabase { database in
            try await body(
                PasswordHasher(keyring: try await database.keyring(), cost: Self.cost, random: SystemRandomSource()))
        }
    }

    @Test func `the same password has its verifier's hash, another has not`() async throws {
        try await withHasher { hasher async throws in
            let verifier = try await hasher.verifier(for: SecretBytes(utf8: "pässword"))
            #expect(verifier.salt.count == 16 && verifier.hash.count == 32 && verifier.cost == Self.cost)
            #expect(try await hasher.hash(SecretBytes(utf8: "pässword"), like: verifier) == verifier.hash)
            for other in ["", "passwort", "pässword ", "pässword\0"] {
                #expect(try await hasher.hash(SecretBytes(utf8: other), like: verifier) != verifier.hash)
            }
        }
    }

    @Test func `no two verifiers are alike, and each keeps its own cost`() async throws {
        try await withHasher { hasher async throws in
            let password = SecretBytes(utf8: "correct horse")
            let (first, second) = (try await hasher.verifier(for: password), try await hasher.verifier(for: password))
            #expect(first.salt != second.salt && first.hash != second.hash)
            let cheaper = PasswordVerifier(salt: first.salt, hash: [], cost: Self.cost - 1)
            #expect(try await hasher.hash(password, like: cheaper) != first.hash)
            // Whoever has no password costs a hash all the same (R19).
            #expect(try await hasher.hash(password, like: nil).count == 32)
        }
    }

    @Test func `another installation's pepper gives another hash`() async throws {
        try await withHasher { hasher async throws in
            let password = SecretBytes(utf8: "correct horse")
            let verifier = try await hasher.verifier(for: password)
            let other = try await otherKeyring()
            let stranger = PasswordHasher(keyring: other, cost: Self.cost, random: SystemRandomSource())
            #expect(try await stranger.hash(password, like: verifier) != verifier.hash)
        }
    }

    private func otherKeyring() async throws -> Keyring {
        let masterKey = MasterKey(random: SystemRandomSource())
        let authority = AuthorityMaterial(certificate: [0], privateKey: SecretBytes([0]))
        return try await withCoreDatabase(isActivated: false) { database in
            try await database.withClient { client in
                let store = PostgresKeyStore(client: client)
                _ = try await store.activate(
                    masterKey, authority: authority, caller: Caller(account: "cli:tests", frontEnd: "cli"),
                    instance: "tests", random: SystemRandomSource())
                return try await store.load(masterKey)
            }
        }
    }

    // R88: beyond its bound it refuses, and recovers.
    @Test func `more than it can hold are told to come back`() async throws {
        try await withHasher { hasher async throws in
            let outcomes = await withTaskGroup(of: Refusal.Code?.self) { group in
                for _ in 0..<200 {
                    group.addTask {
                        do throws(Refusal) {
                            _ = try await hasher.hash(SecretBytes(utf8: "correct horse"), like: nil)
                            return nil
                        } catch {
                            return error.code
                        }
                    }
                }
                return await group.reduce(into: [Refusal.Code?]()) { $0.append($1) }
            }
            let refused = outcomes.compactMap { $0 }
            #expect(refused.allSatisfy { $0 == .unavailable })
            #expect(!refused.isEmpty && refused.count < 200)
            #expect(try await hasher.hash(SecretBytes(utf8: "correct horse"), like: nil).count == 32)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0

/// Makes the slow hashes of recovery codes before anybody is locked: what they cost must hold nobody up.
package struct RecoveryHashing: Sendable {
    private let users: any UserDirectory
    private let passwords: any PasswordHashing

    package init(users: any UserDirectory, passwords: any PasswordHashing) {
        self.users = users
        self.passwords = passwords
    }

    /// Hashes what was typed like the codes of the person whom a decision will be about; nil for what is no recovery code.
    /// Unknown people and those without codes cost the same hash (R19).
    ///
    /// - Throws: ``Refusal`` `unavailable` when too many hashes wait already; nothing was judged then, and nothing counts.
    package func hashed(
        _ typed: String, of subject: PersonSubject
    ) async throws(Refusal) -> HashedRecoveryCode? {
        guard let code = RecoveryCode(parsing: typed) else { return nil }
        let known = try await users.recoverySalt(of: subject)
        let hash = try await passwords.hash(code.secret, like: known)
        return HashedRecoveryCode(salt: known?.salt ?? [], cost: known?.cost ?? 0, hash: hash)
    }

    /// What verifies a new set of codes; they are hashed one after another, so that others find a place between them.
    package func state(of codes: [RecoveryCode]) async throws(Refusal) -> RecoveryState {
        var first: PasswordVerifier?
        var hashes: [[UInt8]] = []
        for code in codes {
            if let first {
                hashes.append(try await passwords.hash(code.secret, like: first))
            } else {
                let verifier = try await passwords.verifier(for: code.secret)
                first = verifier
                hashes.append(verifier.hash)
            }
        }
        return RecoveryState(salt: first?.salt ?? [], cost: first?.cost ?? 0, hashes: hashes)
    }
}

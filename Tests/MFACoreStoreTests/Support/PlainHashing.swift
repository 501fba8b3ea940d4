// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Primitives

/// Hashes that cost nothing and show what they were made of; slowness is PasswordHasherTests' business.
struct PlainHashing: PasswordHashing {
    func verifier(for password: SecretBytes) async throws(Refusal) -> PasswordVerifier {
        let salt = SystemRandomSource().bytes(16)
        return PasswordVerifier(salt: salt, hash: hash(password, salt), cost: 14)
    }

    func hash(_ password: SecretBytes, like verifier: PasswordVerifier?) async throws(Refusal) -> [UInt8] {
        hash(password, verifier?.salt ?? [])
    }

    private func hash(_ password: SecretBytes, _ salt: [UInt8]) -> [UInt8] { password.withBytes { salt + $0 } }
}

// SPDX-License-Identifier: Apache-2.0
import Crypto
import CryptoExtras
import Dispatch
import Foundation
package import MFACoreStore
package import MFADomain
package import Primitives
import Synchronization

/// scrypt (RFC 7914, r = 8, p = 1) with a pepper, on threads of its own: one per two cores, a bounded queue before them.
///
/// A slow hash on the cooperative pool would stop the whole service: that pool has one thread per core.
package final class PasswordHasher: PasswordHashing {
    /// Hashes that may wait or run; beyond them callers are told to come back.
    private static let waitingMax = 32
    private static let saltBytes = 16
    private static let hashBytes = 32

    private let pepper: SecretBytes
    private let cost: Int
    private let random: any RandomSource
    private let threads: [DispatchQueue]
    private let state = Mutex((waiting: 0, next: 0))

    /// - Parameter cost: log₂ N for new passwords.
    package init(keyring: Keyring, cost: Int, random: any RandomSource) {
        pepper = keyring.pepper
        self.cost = cost
        self.random = random
        let count = max(1, ProcessInfo.processInfo.activeProcessorCount / 2)
        threads = (0..<count).map { DispatchQueue(label: "countersign.password.\($0)") }
    }

    package func verifier(for password: SecretBytes) async throws(Refusal) -> PasswordVerifier {
        let salt = random.bytes(Self.saltBytes)
        return PasswordVerifier(salt: salt, hash: try await hash(password, salt: salt, cost: cost), cost: cost)
    }

    package func hash(_ password: SecretBytes, like verifier: PasswordVerifier?) async throws(Refusal) -> [UInt8] {
        try await hash(
            password, salt: verifier?.salt ?? [UInt8](repeating: 0, count: Self.saltBytes),
            cost: verifier?.cost ?? cost)
    }

    private func hash(_ password: SecretBytes, salt: [UInt8], cost: Int) async throws(Refusal) -> [UInt8] {
        let thread: DispatchQueue? = state.withLock { state in
            guard state.waiting < Self.waitingMax else { return nil }
            state.waiting += 1
            state.next = (state.next + 1) % threads.count
            return threads[state.next]
        }
        guard let thread else { throw Refusal(.unavailable, reason: "too many passwords wait to be hashed") }
        let pepper = pepper
        let result: Result<[UInt8], Refusal> = await withCheckedContinuation { continuation in
            thread.async {
                continuation.resume(returning: Self.derive(password, pepper: pepper, salt: salt, cost: cost))
            }
        }
        state.withLock { $0.waiting -= 1 }
        return try result.get()
    }

    private static func derive(
        _ password: SecretBytes, pepper: SecretBytes, salt: [UInt8], cost: Int
    ) -> Result<[UInt8], Refusal> {
        // The pepper goes in first, by HMAC, so that no length of password can crowd it out.
        let peppered = pepper.withBytes { key in
            password.withBytes { bytes in
                Array(HMAC<SHA256>.authenticationCode(for: bytes, using: SymmetricKey(data: key)))
            }
        }
        do {
            let key = try KDF.Scrypt.deriveKey(
                from: peppered, salt: salt, outputByteCount: hashBytes, rounds: 1 << cost, blockSize: 8,
                parallelism: 1)
            return .success(key.withUnsafeBytes { Array($0) })
        } catch {
            return .failure(Refusal(.unavailable, reason: "scrypt failed: \(error)"))
        }
    }
}

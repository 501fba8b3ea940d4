// SPDX-License-Identifier: Apache-2.0
import CPKCS11
package import Primitives
import Synchronization

/// A PKCS #11 token, such as a hardware security module, whose AES key seals the file with the master key.
///
/// The token is asked when a process starts and at no other time. Its key does not leave it, so that a copy of the file
/// opens nothing elsewhere.
package struct PKCS11Token: Sendable {
    static let nonceBytes = Int(COUNTERSIGN_TOKEN_NONCE_LENGTH)
    private static let tagBytes = Int(COUNTERSIGN_TOKEN_TAG_LENGTH)
    /// What a file may hold beside the tag; more is none of ours.
    private static let bytesMax = 1024
    /// A module has one state for the whole process.
    private static let turn = Mutex(())

    /// What a module answers that is told in other words; PKCS #11 gives each a number.
    private enum Answer {
        static let pinIncorrect: UInt = 0xA0
        static let pinLocked: UInt = 0xA4
    }

    /// Where a key lies, by labels.
    package struct Key: Sendable, Equatable {
        package let token: String
        package let label: String

        package init(token: String, label: String) {
            self.token = token
            self.label = label
        }
    }

    /// The key that seals new files.
    package let key: Key
    private let module: String
    private let pin: SecretBytes

    /// - Parameter module: the path of the library that the token's maker delivers.
    package init(module: String, pin: SecretBytes, key: Key) {
        self.module = module
        self.pin = pin
        self.key = key
    }

    /// AES-256-GCM with the key for new files.
    func seal(
        _ secret: [UInt8], nonce: [UInt8], authenticating data: [UInt8]
    ) throws(KeyError) -> [UInt8] {
        let used = use(key, seals: true, nonce: nonce, data: data, input: secret)
        guard used.step == COUNTERSIGN_TOKEN_DONE else { throw error(used.step, used.result, key) }
        return used.output
    }

    /// Nil when the key does not open it.
    func open(
        _ sealed: [UInt8], nonce: [UInt8], authenticating data: [UInt8], by key: Key
    ) throws(KeyError) -> [UInt8]? {
        guard nonce.count == Self.nonceBytes, sealed.count > Self.tagBytes, sealed.count <= Self.bytesMax else {
            return nil
        }
        let used = use(key, seals: false, nonce: nonce, data: data, input: sealed)
        if used.step == COUNTERSIGN_TOKEN_REFUSED { return nil }
        guard used.step == COUNTERSIGN_TOKEN_DONE else { throw error(used.step, used.result, key) }
        return used.output
    }

    private func use(
        _ key: Key, seals: Bool, nonce: [UInt8], data: [UInt8], input: [UInt8]
    ) -> (step: Int32, result: UInt, output: [UInt8]) {
        var output = [UInt8](repeating: 0, count: input.count + 2 * Self.tagBytes)
        var length = UInt(output.count)
        var result: UInt = 0
        let step = Self.turn.withLock { _ in
            pin.withBytes { pin in
                countersign_token_use(
                    module, key.token, pin, UInt(pin.count), key.label, seals ? 1 : 0, nonce, data, UInt(data.count),
                    input, UInt(input.count), &output, &length, &result)
            }
        }
        return (step, result, Array(output.prefix(Int(min(length, UInt(output.count))))))
    }

    private func error(_ step: Int32, _ result: UInt, _ key: Key) -> KeyError {
        KeyError(.tokenRefused, sentence(step, result, key))
    }

    private func sentence(_ step: Int32, _ result: UInt, _ key: Key) -> String {
        let answer = "PKCS #11 answer 0x" + String(result, radix: 16)
        return switch step {
        case COUNTERSIGN_TOKEN_NO_MODULE:
            "“\(module)” (keys.pkcs11.module) is no PKCS #11 module that can be loaded; give the path of the library that the "
                + "token's maker delivers."
        case COUNTERSIGN_TOKEN_NOT_STARTED:
            "The PKCS #11 module “\(module)” does not start (\(answer)); look at its own configuration."
        case COUNTERSIGN_TOKEN_ABSENT:
            "The PKCS #11 module “\(module)” has no token labelled “\(key.token)”; plug it in, or correct keys.pkcs11.token."
        case COUNTERSIGN_TOKEN_AMBIGUOUS:
            "The PKCS #11 module “\(module)” has more than one token labelled “\(key.token)”; give each a label of its own."
        case COUNTERSIGN_TOKEN_LAST_TRY:
            "The token “\(key.token)” has one try left for its PIN, which is not taken here; log in with the token's own "
                + "tools, correct keys.pkcs11.pinFile, and start again."
        case COUNTERSIGN_TOKEN_NO_LOGIN where result == Answer.pinIncorrect:
            "The token “\(key.token)” refuses the PIN in keys.pkcs11.pinFile; correct it before the token locks itself."
        case COUNTERSIGN_TOKEN_NO_LOGIN where result == Answer.pinLocked:
            "The PIN of the token “\(key.token)” is locked; unlock it with the token's own tools."
        case COUNTERSIGN_TOKEN_KEY_ABSENT:
            "The token “\(key.token)” has no secret key labelled “\(key.label)”; make one as docs/operating/keys.md says, or "
                + "correct keys.pkcs11.key."
        case COUNTERSIGN_TOKEN_KEY_AMBIGUOUS:
            "The token “\(key.token)” has more than one secret key labelled “\(key.label)”; give each a label of its own."
        case COUNTERSIGN_TOKEN_REFUSED:
            "The key “\(key.label)” of the token “\(key.token)” does not seal (\(answer)); it must be an AES key of 256 bits "
                + "that may encrypt and decrypt with AES-GCM."
        default:
            "The token “\(key.token)” cannot be used (\(answer)); look at it with its own tools."
        }
    }
}

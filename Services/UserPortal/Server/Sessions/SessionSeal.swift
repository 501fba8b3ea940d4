// SPDX-License-Identifier: Apache-2.0
internal import Crypto
internal import Foundation

/// Seals session content with AES-256-GCM under a key that only the browser's cookie yields.
package enum SessionSeal {
    /// The sealed bytes: nonce, ciphertext, tag.
    package static func seal(_ content: SessionContent, under id: SessionID) throws -> [UInt8] {
        let plain =
            switch content {
            case .signingIn(let pending): try JSONEncoder().encode(pending)
            case .signedIn(let person): try JSONEncoder().encode(person)
            }
        let box = try AES.GCM.seal(plain, using: id.sealingKey, authenticating: place(id, content.stage))
        return Array(box.combined ?? Data())
    }

    /// The content, or nil when the bytes are not what was sealed for this id and stage.
    package static func open(_ bytes: [UInt8], stage: String, under id: SessionID) -> SessionContent? {
        guard let box = try? AES.GCM.SealedBox(combined: bytes),
            let plain = try? AES.GCM.open(box, using: id.sealingKey, authenticating: place(id, stage))
        else { return nil }
        switch stage {
        case "signing_in":
            return (try? JSONDecoder().decode(PendingSignIn.self, from: plain)).map { .signingIn($0) }
        case "signed_in":
            return (try? JSONDecoder().decode(SignedIn.self, from: plain)).map { .signedIn($0) }
        default: return nil
        }
    }

    /// Binds the content to its row and stage, so that neither can be exchanged in the table.
    private static func place(_ id: SessionID, _ stage: String) -> Data {
        Data("portal.session/\(stage)/".utf8) + id.hash
    }
}

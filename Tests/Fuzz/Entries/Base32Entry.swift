// SPDX-License-Identifier: Apache-2.0
import Primitives

enum Base32Entry {
    static func fault(on bytes: [UInt8]) -> String? {
        // decode ∘ encode = id
        guard Base32.decode(Base32.encode(bytes)) == bytes else { return "bytes are lost on the way" }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let decoded = Base32.decode(text) else { return nil }
        // Every text that is accepted has one meaning, which one text spells: no stray bits, nothing left out.
        let plain = text.uppercased().filter { !" -=".contains($0) }
        return Base32.encode(decoded) == plain ? nil : "a text is accepted that is not what its bytes are written as"
    }
}

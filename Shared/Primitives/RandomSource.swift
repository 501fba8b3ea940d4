// SPDX-License-Identifier: Apache-2.0

/// Where unpredictable bytes come from; tests pass a seeded one.
package protocol RandomSource: Sendable {
    /// `count` fresh bytes.
    func bytes(_ count: Int) -> [UInt8]
}

extension RandomSource {
    /// A fresh decimal number of `digits` digits, leading zeros kept, every value equally likely.
    package func decimal(digits: Int) -> String {
        var text = ""
        while text.utf8.count < digits {
            // 250 is the largest multiple of ten in a byte; larger values would favour low digits.
            for byte in bytes(digits) where byte < 250 && text.utf8.count < digits {
                text.append(Character(Unicode.Scalar(UInt8(ascii: "0") + byte % 10)))
            }
        }
        return text
    }

    /// A fresh random identifier.
    package func identifier<Subject>(_: Subject.Type = Subject.self) -> Identifier<Subject> {
        Identifier(version4: bytes(16))
    }
}

/// The operating system's generator (getrandom); it does not return when it cannot deliver.
package struct SystemRandomSource: RandomSource {
    package init() {}

    package func bytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        var result: [UInt8] = []
        result.reserveCapacity(count)
        while result.count < count {
            withUnsafeBytes(of: generator.next()) { word in
                result.append(contentsOf: word.prefix(count - result.count))
            }
        }
        return result
    }
}

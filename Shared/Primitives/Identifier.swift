// SPDX-License-Identifier: Apache-2.0

/// An opaque 128-bit id of one kind of thing, written as a UUID (RFC 9562); `Subject` keeps kinds apart.
package struct Identifier<Subject>: Hashable, Sendable, CustomStringConvertible, Comparable {
    private let high: UInt64
    private let low: UInt64

    /// Takes 16 random bytes and sets version 4 and variant (RFC 9562 §5.4).
    package init(version4 bytes: [UInt8]) {
        precondition(bytes.count == 16, "an identifier is 16 bytes")
        var bytes = bytes
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        self.high = Self.word(bytes[0..<8])
        self.low = Self.word(bytes[8..<16])
    }

    /// Reads the 36-character form, lower or upper case; anything else is nil.
    package init?(_ text: some StringProtocol) {
        let characters = text.utf8
        guard characters.count == Self.length else { return nil }
        var (high, low) = (UInt64(0), UInt64(0))
        for (index, character) in characters.enumerated() {
            if Self.isHyphen(index) {
                guard character == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = Hex.value(of: character) else { return nil }
            high = high << 4 | low >> 60
            low = low << 4 | UInt64(digit)
        }
        self.high = high
        self.low = low
    }

    /// The 16 bytes, most significant first.
    package var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 16) { buffer, count in
            for index in 0..<8 {
                let shift = UInt64(56 - 8 * index)
                buffer.initializeElement(at: index, to: UInt8(truncatingIfNeeded: high >> shift))
                buffer.initializeElement(at: index + 8, to: UInt8(truncatingIfNeeded: low >> shift))
            }
            count = 16
        }
    }

    // Ids are written many times for each sign-in, so this makes the text in one go.
    package var description: String {
        String(unsafeUninitializedCapacity: Self.length) { buffer in
            var (high, low) = (high, low)
            for index in 0..<Self.length {
                if Self.isHyphen(index) {
                    buffer[index] = UInt8(ascii: "-")
                    continue
                }
                let digit = UInt8(high >> 60)
                buffer[index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                high = high << 4 | low >> 60
                low <<= 4
            }
            return Self.length
        }
    }

    private static var length: Int { 36 }

    private static func isHyphen(_ index: Int) -> Bool {
        index == 8 || index == 13 || index == 18 || index == 23
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// Kinds of things that have ids.
package enum IdentifierSubject {
    package enum User {}
    package enum Factor {}
    package enum SignIn {}
    package enum Activation {}
    package enum ServiceAccount {}
    package enum Instance {}
}

package typealias UserID = Identifier<IdentifierSubject.User>
package typealias FactorID = Identifier<IdentifierSubject.Factor>
package typealias SignInID = Identifier<IdentifierSubject.SignIn>
package typealias ActivationID = Identifier<IdentifierSubject.Activation>
package typealias ServiceAccountID = Identifier<IdentifierSubject.ServiceAccount>
package typealias InstanceID = Identifier<IdentifierSubject.Instance>

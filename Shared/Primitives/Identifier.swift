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
    package init?(_ text: String) {
        guard let (high, low) = UUIDText.decode(text) else { return nil }
        self.high = high
        self.low = low
    }

    /// The 16 bytes, most significant first.
    package var bytes: [UInt8] { UUIDText.bytes(high, low) }

    package var description: String { UUIDText.encode(high, low) }

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
    package enum Copy {}
}

package typealias UserID = Identifier<IdentifierSubject.User>
package typealias FactorID = Identifier<IdentifierSubject.Factor>
package typealias SignInID = Identifier<IdentifierSubject.SignIn>
package typealias ActivationID = Identifier<IdentifierSubject.Activation>
package typealias ServiceAccountID = Identifier<IdentifierSubject.ServiceAccount>
/// One run of one process of a service.
package typealias CopyID = Identifier<IdentifierSubject.Copy>
package typealias InstanceID = Identifier<IdentifierSubject.Instance>

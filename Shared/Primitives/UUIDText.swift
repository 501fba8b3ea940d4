// SPDX-License-Identifier: Apache-2.0

/// The text form of a UUID (RFC 9562 §4), read and written without a generic parameter: a sign-in does so a dozen times,
/// and code that other modules cannot specialise would cost more than the work itself.
enum UUIDText {
    private static let length = 36

    static func decode(_ text: String) -> (high: UInt64, low: UInt64)? {
        guard text.utf8.count == length else { return nil }
        var (high, low) = (UInt64(0), UInt64(0))
        for (index, character) in text.utf8.enumerated() {
            if isHyphen(index) {
                guard character == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = Hex.value(of: character) else { return nil }
            high = high << 4 | low >> 60
            low = low << 4 | UInt64(digit)
        }
        return (high, low)
    }

    static func encode(_ high: UInt64, _ low: UInt64) -> String {
        String(unsafeUninitializedCapacity: length) { buffer in
            var (high, low) = (high, low)
            for index in 0..<length {
                if isHyphen(index) {
                    buffer[index] = UInt8(ascii: "-")
                    continue
                }
                let digit = UInt8(high >> 60)
                buffer[index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                high = high << 4 | low >> 60
                low <<= 4
            }
            return length
        }
    }

    static func bytes(_ high: UInt64, _ low: UInt64) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 16) { buffer, count in
            for index in 0..<8 {
                let shift = UInt64(56 - 8 * index)
                buffer.initializeElement(at: index, to: UInt8(truncatingIfNeeded: high >> shift))
                buffer.initializeElement(at: index + 8, to: UInt8(truncatingIfNeeded: low >> shift))
            }
            count = 16
        }
    }

    private static func isHyphen(_ index: Int) -> Bool {
        index == 8 || index == 13 || index == 18 || index == 23
    }
}

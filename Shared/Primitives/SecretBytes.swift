// SPDX-License-Identifier: Apache-2.0

/// Bytes that must not be seen: printing, dumping or interpolating them shows only how many there are.
///
/// There is no `==` and no `Codable` on purpose; compare with ``ConstantTime/equal(_:_:)``.
package struct SecretBytes: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let bytes: [UInt8]

    /// Wraps `bytes`; the caller should let its own copy go.
    package init(_ bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)
    }

    /// Wraps the UTF-8 form of `text`.
    package init(utf8 text: String) {
        self.bytes = Array(text.utf8)
    }

    /// How many bytes there are.
    package var count: Int { bytes.count }

    /// Lends the bytes to `body` for as long as it runs.
    package func withBytes<R, E: Error>(_ body: ([UInt8]) throws(E) -> R) throws(E) -> R {
        try body(bytes)
    }

    package var description: String { "SecretBytes(\(bytes.count) bytes)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

// SPDX-License-Identifier: Apache-2.0
internal import HTTPTypes
package import Hummingbird

/// A cookie that only this host sets and receives, over TLS, out of reach of scripts and of other sites (R75).
package struct HostCookie: Sendable {
    /// The full name, with `__Host-` in front.
    package let name: String

    /// - Precondition: `name` is letters, digits, `-` and `_`.
    package init(_ name: String) {
        precondition(!name.isEmpty && name.utf8.allSatisfy(Self.isNameByte), "not a cookie name: \(name)")
        self.name = "__Host-" + name
    }

    /// Adds the cookie to a response, for as long as the browser runs.
    ///
    /// - Precondition: `value` has cookie octets only (RFC 6265 §4.1.1); base64url and hex do.
    package func set(_ value: String, on response: inout Response) {
        precondition(value.utf8.allSatisfy(Self.isValueByte), "not a cookie value")
        append("\(name)=\(value)", to: &response)
    }

    /// Makes the browser forget the cookie.
    package func clear(on response: inout Response) {
        append("\(name)=; Max-Age=0", to: &response)
    }

    /// The value a request carries; nil when it is absent, there more than once, or malformed.
    package func value(in request: Request) -> String? {
        var found: String?
        for header in request.headers[values: .cookie] {
            for pair in header.split(separator: ";") {
                var pair = pair
                while pair.first == " " { pair.removeFirst() }
                guard let equals = pair.firstIndex(of: "="), pair[..<equals] == name else { continue }
                let value = pair[pair.index(after: equals)...]
                guard found == nil, !value.isEmpty, value.utf8.allSatisfy(Self.isValueByte) else { return nil }
                found = String(value)
            }
        }
        return found
    }

    private func append(_ text: String, to response: inout Response) {
        response.headers.append(
            HTTPField(name: .setCookie, value: text + "; Path=/; Secure; HttpOnly; SameSite=Strict"))
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func isValueByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\\"): false
        default: (0x21...0x7E).contains(byte)
        }
    }
}

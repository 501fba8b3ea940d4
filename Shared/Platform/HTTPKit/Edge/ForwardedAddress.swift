// SPDX-License-Identifier: Apache-2.0
internal import HTTPTypes
internal import Primitives

/// Finds the caller behind trusted proxies (RFC 7239; `X-Forwarded-For` as proxies write it).
///
/// Each proxy appends the address it was called from, so only the end of the list is worth anything: read from the
/// right, the first address that is not a trusted proxy's is the caller's. What stands left of it the caller may have
/// written itself. Where an address is due and none can be read, the caller is whoever is connected to us: never a
/// name of the client's choice, which would be a fresh budget for each request (R18).
enum ForwardedAddress {
    /// Proxies in a row; more are no real path.
    private static let hopsMax = 16

    static func caller(behind peer: IPAddress, _ proxies: TrustedProxies, in headers: HTTPFields) -> IPAddress {
        guard proxies.contain(peer) else { return peer }
        let field = proxies.header == .forwarded ? HTTPField.Name.forwarded : .xForwardedFor
        var last = peer
        var hops = 0
        for line in headers[values: field].reversed() {
            for element in split(line).reversed() {
                hops += 1
                guard hops <= hopsMax, let address = address(in: element, proxies.header) else { return peer }
                guard proxies.contain(address) else { return address }
                last = address
            }
        }
        return last
    }

    /// At commas outside of quotes.
    private static func split(_ line: String) -> [Substring] {
        var isQuoted = false
        return line.split(omittingEmptySubsequences: false) { character in
            if character == "\"" { isQuoted.toggle() }
            return character == "," && !isQuoted
        }
    }

    private static func address(in element: Substring, _ header: TrustedProxies.Header) -> IPAddress? {
        switch header {
        case .xForwardedFor: return node(trimmed(element))
        case .forwarded:
            var found: IPAddress?
            for pair in element.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1)
                guard parts.count == 2, trimmed(parts[0]).lowercased() == "for" else { continue }
                // Said twice, it is said by two.
                guard found == nil, let address = node(unquoted(trimmed(parts[1]))) else { return nil }
                found = address
            }
            return found
        }
    }

    /// RFC 7239 §6 without names: `192.0.2.43`, `192.0.2.43:47011`, `[2001:db8::17]:47011`; plain IPv6 as well, which
    /// `X-Forwarded-For` has.
    private static func node(_ text: Substring) -> IPAddress? {
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]"), isPort(text[text.index(after: end)...]) else { return nil }
            let inside = text[text.index(after: text.startIndex)..<end]
            return inside.contains(":") ? IPAddress(parsing: inside) : nil
        }
        if let address = IPAddress(parsing: text) { return address }
        guard let colon = text.firstIndex(of: ":"), isPort(text[colon...]) else { return nil }
        return IPAddress(parsing: text[..<colon])
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.isEmpty
            || text.first == ":" && (2...6).contains(text.utf8.count)
                && text.utf8.dropFirst().allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private static func unquoted(_ text: Substring) -> Substring {
        guard text.utf8.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return text }
        return text.dropFirst().dropLast()
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let start = text.drop { $0 == " " || $0 == "\t" }
        guard let last = start.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
        return start[...last]
    }
}

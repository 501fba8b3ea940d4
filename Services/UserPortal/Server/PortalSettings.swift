// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// Where the portal is found. Keys: `portal.prefixes`, `portal.origin`.
package struct PortalSettings: Sendable {
    /// Path prefixes it answers under, in any letter case.
    package let prefixes: [String]
    /// What browsers send as `Origin`.
    package let origin: String

    package init(prefixes: [String] = ["/enroll"], origin: String) {
        self.prefixes = prefixes
        self.origin = origin
    }

    package init(reading reader: inout SettingsReader) {
        prefixes = reader.list(Self.prefixesKey)
        origin = reader.text(Self.originKey)
        if prefixes.isEmpty { reader.report(Self.prefixesKey, "needs at least one path") }
        for prefix in prefixes where !Self.isPath(prefix) {
            reader.report(Self.prefixesKey, "expected a path such as /enroll, found “\(prefix)”")
        }
        if !origin.isEmpty, !Self.isOrigin(origin) {
            reader.report(
                Self.originKey, "expected https://HOST or https://HOST:PORT in lower case, found “\(origin)”")
        }
    }

    /// The documented keys.
    package static var keys: [SettingKey] { [prefixesKey, originKey] }

    private static let prefixesKey = SettingKey(
        "portal.prefixes", .list, default: "/enroll", "Paths that the portal answers under, in any letter case.")
    private static let originKey = SettingKey(
        "portal.origin", .text,
        "Scheme, host and port as browsers show them; forms from anywhere else are refused.")

    private static func isPath(_ text: String) -> Bool {
        guard text.hasPrefix("/"), !text.contains("//") else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "."), UInt8(ascii: "~"):
                true
            default: false
            }
        }
    }

    /// As the URL Standard serialises an origin: browsers compare nothing, they send exactly this.
    private static func isOrigin(_ text: String) -> Bool {
        guard text.hasPrefix("https://"), text == text.lowercased() else { return false }
        let authority = text.dropFirst("https://".count)
        let port = authority.split(separator: ":", omittingEmptySubsequences: false).last ?? ""
        let hasPort = authority.contains(":") && !authority.hasSuffix("]")
        guard !hasPort || Int(port).map({ (1...65_535).contains($0) && $0 != 443 }) == true else { return false }
        return !authority.isEmpty && !authority.hasPrefix(":") && !authority.contains { "/?#@ ".contains($0) }
    }
}

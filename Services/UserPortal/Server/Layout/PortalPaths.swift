// SPDX-License-Identifier: Apache-2.0

/// The prefixes that the portal answers under, and the addresses of its own pages.
package struct PortalPaths: Sendable {
    static let start = "/"
    static let signIn = "/sign-in"
    static let choice = "/sign-in/factor"
    static let passcode = "/sign-in/passcode"
    static let wait = "/sign-in/wait"
    static let cancellation = "/sign-in/cancellation"
    static let factors = "/factors"
    static let signOut = "/sign-out"
    static let signedOut = "/signed-out"

    /// As configured, without a slash at the end, the longest first.
    private let prefixes: [String]

    package init(prefixes: [String]) {
        self.prefixes = prefixes.map { prefix in
            var prefix = prefix
            while prefix.hasSuffix("/") { prefix.removeLast() }
            return prefix
        }.sorted { $0.utf8.count > $1.utf8.count }
    }

    /// The prefix of a request's target in its configured spelling, which links then continue.
    ///
    /// It comes from the configuration and never from the request, so nothing foreign gets into a link.
    package func base(of target: String?) -> String {
        let target = (target ?? "").lowercased()
        let match = prefixes.first { prefix in
            guard target.hasPrefix(prefix.lowercased()) else { return false }
            let next = target.utf8.dropFirst(prefix.utf8.count).first
            return next == nil || next == UInt8(ascii: "/") || next == UInt8(ascii: "?")
        }
        return match ?? prefixes.first ?? ""
    }
}

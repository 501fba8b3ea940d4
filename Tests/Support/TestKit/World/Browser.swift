// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import Synchronization

/// As much of a browser as forms need: keeps cookies, follows redirects, sends the hidden fields of the form it has
/// before it, and tells where a form came from.
package final class Browser: Sendable {
    /// What the browser shows.
    package struct Page: Sendable {
        package let path: String
        package let reply: Reply

        package var status: Int { reply.status }
        package var html: String { reply.text }

        /// The value of a hidden field of the first form.
        package func hidden(_ name: String) -> String? {
            guard let start = html.range(of: "name=\"\(name)\" value=\""),
                let end = html[start.upperBound...].firstIndex(of: "\"")
            else { return nil }
            return String(html[start.upperBound..<end])
        }

        /// The text of the element with this id.
        package func text(ofElement id: String) -> String? {
            guard let start = html.range(of: "id=\"\(id)\">"), let end = html[start.upperBound...].firstIndex(of: "<")
            else { return nil }
            return String(html[start.upperBound..<end])
        }
    }

    private let web: WebClient
    private let base: String
    private let origin: String
    private let jar = Mutex<[String: String]>([:])

    /// - Parameter base: such as `https://localhost:8443/enroll`.
    package init(web: WebClient, base: String, origin: String) {
        self.web = web
        self.base = base
        self.origin = origin
    }

    /// The cookies it keeps.
    package var cookies: [String: String] {
        get { jar.withLock { $0 } }
        set { jar.withLock { $0 = newValue } }
    }

    /// Opens a page below the base, following redirects.
    package func open(_ path: String) async throws -> Page {
        try await follow(path, try await request("GET", path))
    }

    /// Fills in the first form of `page` and sends it to `path`, following redirects.
    package func submit(_ page: Page, to path: String, _ fields: [String: String] = [:]) async throws -> Page {
        var all = fields
        if let token = page.hidden("token") { all["token"] = token }
        return try await follow(path, try await post(path, all))
    }

    /// Sends a form as anything might send one; redirects are answers here.
    package func post(
        _ path: String, _ fields: [String: String], origin: String? = nil, headers: [(String, String)] = [],
        type: String = "application/x-www-form-urlencoded"
    ) async throws -> Reply {
        let body = fields.sorted { $0.key < $1.key }.map { "\($0.key)=\(Self.encoded($0.value))" }
            .joined(separator: "&")
        return try await request(
            "POST", path, headers: [("Content-Type", type), ("Origin", origin ?? self.origin)] + headers,
            body: Array(body.utf8))
    }

    /// One request with the browser's cookies; redirects are answers here.
    package func request(
        _ method: String, _ path: String, headers: [(String, String)] = [], body: [UInt8]? = nil
    ) async throws -> Reply {
        var all = headers
        let kept = cookies
        if !kept.isEmpty {
            all.append(
                ("Cookie", kept.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")))
        }
        let reply = try await web.send(method, base + path, headers: all, body: body)
        for header in reply.headers where header.name.lowercased() == "set-cookie" { keep(header.value) }
        return reply
    }

    private func follow(_ path: String, _ reply: Reply) async throws -> Page {
        var (path, reply) = (path, reply)
        for _ in 0..<5 {
            guard (301...303).contains(reply.status), let location = reply.header("location") else { break }
            let prefix = URLComponents(string: base)?.path ?? ""
            path = location.hasPrefix(prefix) ? String(location.dropFirst(prefix.count)) : location
            reply = try await request("GET", path)
        }
        return Page(path: path, reply: reply)
    }

    private func keep(_ header: String) {
        let parts = header.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
        guard let pair = parts.first?.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false),
            pair.count == 2
        else { return }
        jar.withLock { $0[String(pair[0])] = parts.contains("Max-Age=0") ? nil : String(pair[1]) }
    }

    private static func encoded(_ text: String) -> String {
        var allowed = CharacterSet.alphanumerics
        allowed.insert(charactersIn: "-._~")
        return text.unicodeScalars.allSatisfy { $0.isASCII }
            ? text.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
            : text.utf8.map { String(format: "%%%02X", $0) }.joined()
    }
}

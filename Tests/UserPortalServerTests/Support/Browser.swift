// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore

/// A browser without script: it keeps the cookie, follows redirects when asked, and fills the hidden field of forms.
struct Browser: Sendable {
    let client: any TestClientProtocol
    /// The value of the session cookie.
    var cookie: String?
    /// The hidden field of the page seen last.
    var token: String?

    /// What came back.
    struct Page: Sendable {
        let status: Int
        let headers: HTTPFields
        let body: String

        var location: String? { headers[.location] }
        /// The form field `token`.
        var token: String? { body.firstMatch(of: /name="token" value="([^"]+)"/).map { String($0.1) } }
        /// The text in the element with `role="alert"`.
        var alert: String? { body.firstMatch(of: /role="alert"[^>]*>([^<]+)</).map { String($0.1) } }
        var title: String? { body.firstMatch(of: /<h1>([^<]+)<\/h1>/).map { String($0.1) } }
    }

    /// Headers that a browser sends with a form of the portal's own page.
    static let formHeaders: [String: String] = [
        "Content-Type": "application/x-www-form-urlencoded", "Origin": PortalWorld.origin,
        "Sec-Fetch-Site": "same-origin",
    ]

    @discardableResult
    mutating func get(_ path: String, headers: [String: String] = [:]) async throws -> Page {
        try await send(.get, PortalWorld.base + path, headers: headers, body: nil)
    }

    /// Submits a form with the token of the last page, and any header replaced by `headers`; an empty one is left out.
    @discardableResult
    mutating func post(
        _ path: String, _ fields: [String: String] = [:], headers: [String: String] = [:]
    ) async throws -> Page {
        var fields = fields
        if fields["token"] == nil { fields["token"] = token }
        let body = fields.sorted { $0.key < $1.key }.map { "\(Self.encode($0.key))=\(Self.encode($0.value))" }
        return try await send(
            .post, PortalWorld.base + path, headers: Self.formHeaders.merging(headers) { $1 },
            body: body.joined(separator: "&"))
    }

    /// Goes where the last answer leads.
    @discardableResult
    mutating func follow(_ page: Page) async throws -> Page {
        guard page.status == 303, let location = page.location else { return page }
        return try await send(.get, location, headers: [:], body: nil)
    }

    mutating func send(
        _ method: HTTPRequest.Method, _ target: String, headers: [String: String], body: String?
    ) async throws -> Page {
        var fields = HTTPFields()
        for (name, value) in headers where !value.isEmpty {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        if let cookie { fields[.cookie] = "__Host-countersign=\(cookie)" }
        let response = try await client.execute(
            uri: target, method: method, headers: fields, body: body.map { ByteBuffer(string: $0) })
        for value in response.headers[values: .setCookie] {
            cookie = value.firstMatch(of: /^__Host-countersign=([^;]*)/).map { String($0.1) }
        }
        let page = Page(
            status: response.status.code, headers: response.headers, body: String(buffer: response.body))
        if let found = page.token { token = found }
        return page
    }

    private static func encode(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }
}

extension Browser {
    /// Up to the choice of a factor.
    @discardableResult
    mutating func enterPassword() async throws -> Page {
        try await get("/")
        return try await follow(post("/sign-in", ["user": "alice", "password": FakeSDK.password]))
    }

    /// Up to the page with the number.
    @discardableResult
    mutating func choosePush() async throws -> Page {
        try await enterPassword()
        return try await follow(post("/sign-in/factor", ["factor": "push"]))
    }

    /// All the way in, with a code.
    @discardableResult
    mutating func signIn() async throws -> Page {
        try await enterPassword()
        try await follow(post("/sign-in/factor", ["factor": "passcode"]))
        return try await follow(post("/sign-in/passcode", ["passcode": FakeSDK.passcode]))
    }
}

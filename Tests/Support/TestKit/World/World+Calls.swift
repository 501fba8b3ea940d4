// SPDX-License-Identifier: Apache-2.0

internal import Foundation

extension World {
    /// One call to sdk-service's API as an integrator makes it.
    ///
    /// - Parameters:
    ///   - path: from behind `/api/v1`, query included.
    ///   - account: its name; nil sends no credentials.
    ///   - copy: which of the world's copies of sdk-service.
    ///   - key: an Idempotency-Key.
    package func call(
        _ method: String, _ path: String, _ body: JSON? = nil, as account: String? = "administrator", copy: Int = 0,
        key: String? = nil, headers: [(String, String)] = []
    ) async throws -> Reply {
        var all = headers
        if let account { all.append(("Authorization", Self.basic(try self.account(account)))) }
        if body != nil { all.append(("Content-Type", "application/json")) }
        if let key { all.append(("Idempotency-Key", key)) }
        let url = try await copies(of: .sdk)[copy].url()
        return try await web.send(method, "\(url)/api/v1\(path)", headers: all, body: body?.bytes)
    }

    /// A call that must be answered with `status`.
    package func expect(
        _ status: Int, _ method: String, _ path: String, _ body: JSON? = nil, as account: String = "administrator",
        copy: Int = 0
    ) async throws -> JSON {
        let reply = try await call(method, path, body, as: account, copy: copy)
        guard reply.status == status else {
            throw TestKitError("\(method) \(path) was answered with \(reply.status): \(reply.text)")
        }
        return reply.json
    }

    /// The header by which an account says who it is.
    package static func basic(_ account: Account) -> String {
        "Basic " + Data("\(account.name):\(account.secret)".utf8).base64EncodedString()
    }

    /// What an operators' listener answers to `path`.
    package func operators(_ path: String, of copy: ServiceProcess) async throws -> Reply {
        try await operators.send("GET", "http://127.0.0.1:\(try await copy.adminPort())\(path)")
    }
}

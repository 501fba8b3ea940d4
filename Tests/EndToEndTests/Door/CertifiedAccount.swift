// SPDX-License-Identifier: Apache-2.0
import Glibc
import TestKit

/// An account with a client certificate and no secret, as it calls a copy of sdk-service that asks for certificates.
struct CertifiedAccount {
    /// Of the account, in every world.
    static let name = "certified"
    /// What it may do.
    static let scopes: Set<String> = ["authenticate", "manage-users"]

    private let web: WebClient
    private let url: String

    /// Runs `body` with the account and its copy, and ends both connections and copy.
    static func with(_ world: World, _ body: (CertifiedAccount) async throws -> Void) async throws {
        let authority = try await OpenSSLAuthority(in: "\(world.folder)/certified-\(Workshop.unique())")
        let identity = try await authority.issue(name)
        let copy = try await world.start(.sdk, apart: true, settings: ["listener.clientCA": authority.certificate])
        try await copy.becomesReady()
        // It is known by the name in its certificate, whichever authority vouches for that.
        if try await !world.core("service-account", ["list"]).contains("countersign://account/\(name)") {
            let options = scopes.sorted().flatMap { ["--scope", $0] }
            try await world.core(
                "service-account",
                ["add", name, "--no-secret", "--certificate-san", "URI:countersign://account/\(name)"] + options)
        }
        let web = try WebClient(trustRoots: world.trustRoots, identity: identity)
        let result: Result<Void, any Error>
        do {
            try await body(CertifiedAccount(web: web, url: "\(try await copy.url())/api/v1"))
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await web.close()
        copy.process.signal(SIGTERM)
        try result.get()
    }

    /// One call, with the certificate and no other credentials.
    func call(
        _ method: String, _ path: String, _ body: JSON? = nil, headers: [(String, String)] = []
    ) async throws -> Reply {
        let type = body == nil ? [] : [("Content-Type", "application/json")]
        return try await web.send(method, url + path, headers: headers + type, body: body?.bytes)
    }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import TestKit
import Testing

extension EndToEnd.Standing {
    /// R70: service accounts with client certificates of an organisation's authority, at a copy of sdk-service that
    /// asks for them.
    @Suite struct Certificates {
        let world: World

        init() throws { world = try World.current }

        /// What a client with this certificate, and with the secret of `account` if any, is answered; nil for nothing.
        private func ask(_ copy: ServiceProcess, _ identity: String?, as account: String? = nil) async throws -> Int? {
            let web = try WebClient(
                trustRoots: "\(world.folder)/certificates/mfa-core/ca.pem", identity: identity)
            let headers = try account.map { [("Authorization", World.basic(try world.account($0)))] } ?? []
            let answer: Int?
            do {
                let url = "\(try await copy.url())/api/v1/users?limit=1"
                answer = try await web.send("GET", url, headers: headers).status
            } catch is NoReply {
                answer = nil
            }
            await web.close()
            return answer
        }

        /// A copy that asks for certificates of `authority`, and an account that has nothing else to show.
        private func door(for account: String, of authority: OpenSSLAuthority) async throws -> ServiceProcess {
            let copy = try await world.start(
                .sdk, apart: true,
                settings: [
                    "listener.clientCA": authority.certificate, "listener.clientRevocationLists": "[\(authority.list)]",
                ])
            try await copy.becomesReady()
            try await world.core(
                "service-account",
                [
                    "add", account, "--scope", "manage-users", "--no-secret", "--certificate-san",
                    "URI:countersign://account/\(account)",
                ])
            return copy
        }

        // R70
        @Test func `chain, use, validity, revocation and name decide, with a secret beside it or without`() async throws
        {
            let authority = try await OpenSSLAuthority(in: "\(world.folder)/organisation")
            let mark = Workshop.unique()
            let (web, vpn) = ("web-\(mark)", "vpn-\(mark)")
            let good = try await authority.issue(web)
            let revoked = try await authority.issue("\(web)-lost", san: "URI:countersign://account/\(web)")
            let expired = try await authority.issue(
                "\(web)-old", san: "URI:countersign://account/\(web)", days: -5 ... -1)
            let early = try await authority.issue("\(web)-new", san: "URI:countersign://account/\(web)", days: 1...2)
            let server = try await authority.issue(
                "\(web)-server", uses: "serverAuth", san: "URI:countersign://account/\(web)")
            let nobody = try await authority.issue("nobody-\(mark)")
            let whole = try await authority.issue(vpn, san: "DNS:vpn.example.org")
            let other = try await OpenSSLAuthority(in: "\(world.folder)/other-organisation").issue(
                "\(web)-other", san: "URI:countersign://account/\(web)")
            try await authority.revoke(revoked)
            try await authority.publish()
            let copy = try await door(for: web, of: authority)
            try await world.addAccount(
                vpn, "--scope", "manage-users", "--certificate", "\(whole)/certificate.pem")

            // Without a certificate all is as ever.
            #expect(try await ask(copy, nil, as: "administrator") == 200)
            #expect(try await ask(copy, nil) == 401)
            #expect(try await ask(copy, good) == 200)
            #expect(try await ask(copy, whole) == 200)
            #expect(try await ask(copy, whole, as: vpn) == 200)
            for bad in [revoked, expired, early, server, other] {
                let answer = try await ask(copy, bad)
                #expect(answer == nil || answer == 401, "\(bad)")
                let beside = try await ask(copy, bad, as: "administrator")
                #expect(beside == nil || beside == 401, "\(bad)")
            }
            // A certificate of one account and the secret of another one; a certificate of nobody.
            #expect(try await ask(copy, good, as: vpn) == 401)
            #expect(try await ask(copy, whole, as: "administrator") == 401)
            #expect(try await ask(copy, nobody) == 401)
            #expect(try await ask(copy, nobody, as: "administrator") == 401)
            let metrics = try await world.operators("/metrics", of: copy).text
            #expect(metrics.contains("http_connections_refused_total{listener=\"listener\",reason=\"revoked\"} 2"))
            #expect(metrics.contains("mfa_revocation_faults 0"))

            let listed = try await world.core("service-account", ["list"])
            #expect(listed.contains("uri:countersign://account/\(web)") && listed.contains("sha256:"))
            try await world.core("service-account", ["disable", web, "--yes"])
            try await eventually("the account is refused") { try await ask(copy, good) == 401 }
            copy.process.signal(SIGTERM)
        }

        // R70, F28
        @Test func `who is revoked is refused on the connection that stands`() async throws {
            let authority = try await OpenSSLAuthority(in: "\(world.folder)/revoking-organisation")
            let name = "kept-\(Workshop.unique())"
            let lost = try await authority.issue(name, san: "URI:countersign://account/\(name)")
            try await authority.publish()
            let copy = try await door(for: name, of: authority)
            let web = try WebClient(trustRoots: "\(world.folder)/certificates/mfa-core/ca.pem", identity: lost)
            let url = "\(try await copy.url())/api/v1/users?limit=1"
            try await eventually("the account is known") { try await web.send("GET", url).status == 200 }
            try await authority.revoke(lost)
            try await authority.publish()
            copy.process.signal(SIGHUP)
            try await eventually("the certificate is refused") { try await web.send("GET", url).status == 401 }
            // Not in a handshake: that would count, and give no answer.
            let metrics = try await world.operators("/metrics", of: copy).text
            #expect(!metrics.contains("http_connections_refused_total{listener=\"listener\",reason=\"revoked\"}"))
            await web.close()
            copy.process.signal(SIGTERM)
        }
    }
}

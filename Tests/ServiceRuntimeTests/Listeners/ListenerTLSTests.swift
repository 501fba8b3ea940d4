// SPDX-License-Identifier: Apache-2.0

import NIOSSL
import ServiceRuntime
import TestKit
import Testing

struct ListenerTLSTests {
    private static let request = "GET /peer HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"

    private func server(_ pair: TestAuthority.KeyPair, clients: TestAuthority?) throws -> TLSConfiguration {
        TLSPolicy.server(
            certificates: try pair.certificates, key: try pair.privateKey, clientCA: try clients?.certificates)
    }

    // F28: who the old authority vouched for is let in no more.
    @Test func `the next handshake has the new certificate and trusts the new authority`() async throws {
        let (old, new) = (try TestAuthority("Old"), try TestAuthority("New"))
        let first = try server(try old.issue(), clients: old)
        let tls = ListenerTLS(first)
        let change = try #require(try tls.preparing(try server(try new.issue(), clients: new)))
        @Sendable func talk(_ port: Int, trusting: TestAuthority, as pair: TestAuthority.KeyPair) async throws -> Bool {
            let client = TLSPolicy.client(
                roots: try trusting.certificates, certificates: try pair.certificates, key: try pair.privateKey)
            return await RawConnection.talk(to: port, tls: client, pieces: [Self.request]).received.hasPrefix(
                "HTTP/1.1 200 OK\r\n")
        }
        let (oldClient, newClient) = (try old.issue(), try new.issue())
        let configuration = ListenerConfiguration(host: "127.0.0.1", port: 0, tls: first)
        let answers = try await RunningListener.with(configuration, tls: tls) { running in
            var answers = [try await talk(running.port, trusting: old, as: oldClient)]
            answers.append(try await talk(running.port, trusting: new, as: newClient))
            change()
            answers.append(try await talk(running.port, trusting: old, as: oldClient))
            answers.append(try await talk(running.port, trusting: new, as: oldClient))
            answers.append(try await talk(running.port, trusting: new, as: newClient))
            return answers
        }
        #expect(answers == [true, false, false, false, true])
    }

    @Test func `nothing is prepared when nothing is different`() throws {
        let authority = try TestAuthority()
        let pair = try authority.issue()
        let tls = ListenerTLS(try server(pair, clients: authority))
        #expect(try tls.preparing(try server(pair, clients: authority)) == nil)
        #expect(try tls.preparing(try server(pair, clients: nil)) != nil)
        #expect(try tls.preparing(nil) == nil)
        #expect(try ListenerTLS(nil).preparing(try server(pair, clients: nil)) == nil)
    }

    @Test func `a key of another certificate is refused`() throws {
        let authority = try TestAuthority()
        let (pair, other) = (try authority.issue(), try authority.issue())
        let tls = ListenerTLS(try server(pair, clients: nil))
        let mixed = TLSPolicy.server(
            certificates: try pair.certificates, key: try other.privateKey, clientCA: nil)
        #expect(throws: (any Error).self) { try tls.preparing(mixed) }
    }
}

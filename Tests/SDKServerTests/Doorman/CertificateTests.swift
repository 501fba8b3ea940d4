// SPDX-License-Identifier: Apache-2.0
import Crypto
import Foundation
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import Primitives
import SDKServer
import ServiceRuntime
import SwiftASN1
import Testing
import X509

/// Any request of an integrator.
private let path = "/sign-ins/a1"

/// R70: accounts that come with a client certificate. Chain, EKU and revocation are the listener's (ServiceRuntime).
struct CertificateTests {
    private static let uri = "countersign://account/machine"

    /// What a handshake with such a certificate leaves behind.
    private func peer(_ uri: String?, host: String = "machine.example.org", hours: Double = 24) throws -> PeerIdentity {
        let key = P256.Signing.PrivateKey()
        let name = try DistinguishedName { CommonName("machine") }
        let names = [GeneralName.dnsName(host)] + (uri.map { [.uniformResourceIdentifier($0)] } ?? [])
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(key.publicKey),
            notValidBefore: Date(timeIntervalSinceNow: -7200), notValidAfter: Date(timeIntervalSinceNow: hours * 3600),
            issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                try ExtendedKeyUsage([.clientAuth])
                SubjectAlternativeNames(names)
            }, issuerPrivateKey: .init(key))
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        return PeerIdentity(
            trust: ClientTrust(authorities: [], listFiles: []),
            certificate: ClientCertificate(der: serializer.serializedBytes))
    }

    private func account(_ marks: [CertificateMark], isDisabled: Bool = false, networks: [IPNetwork]? = nil)
        -> DoorAccount
    {
        MemoryAccounts.account(
            "machine", [.authenticate], networks: networks, isDisabled: isDisabled,
            certificates: Set(marks.map(\.description)))
    }

    private func status(
        _ door: Door, _ peer: PeerIdentity, as name: String? = nil, secret: String? = nil, to path: String = path
    ) async throws -> HTTPResponse.Status {
        try await PeerIdentity.$current.withValue(peer) {
            try await door.send(.get, path, as: name, secret: secret).status
        }
    }

    @Test func `a certificate opens the door to its account, by each of its marks`() async throws {
        try await Door.open { door async throws in
            let peer = try peer(Self.uri)
            for mark in try #require(peer.certificate).marks {
                door.accounts.replace(account([mark]))
                door.clock.advance(by: .seconds(3))
                #expect(try await status(door, peer) == .ok)
                #expect(door.core.calls.last?.header(HeaderNames.account) == "machine")
            }
            #expect(try await status(door, peer, to: "/users") == .forbidden)
            #expect(door.audit.rows.last?.actor == "machine")
        }
    }

    @Test func `a certificate of nobody opens no door, not even beside a right secret`() async throws {
        try await Door.open { door async throws in
            let stranger = try peer("countersign://account/stranger")
            #expect(try await status(door, stranger) == .unauthorized)
            #expect(try await status(door, stranger, as: "integrator") == .unauthorized)
            await door.tally.flush()
            #expect(Set(door.audit.rows.map(\.reason)) == ["unknown_certificate"])
            #expect(door.audit.rows.contains { $0.actor.hasPrefix("sha256:") })
            #expect(door.core.calls.isEmpty)
        }
    }

    @Test func `certificate and secret must be of one account`() async throws {
        try await Door.open { door async throws in
            door.accounts.replace(account([CertificateMark(uri: Self.uri)]))
            let peer = try peer(Self.uri)
            #expect(try await status(door, peer, as: "machine") == .ok)
            #expect(try await status(door, peer, as: "integrator") == .unauthorized)
            #expect(try await status(door, peer, as: "machine", secret: "wrong") == .unauthorized)
            #expect(try await status(door, peer, as: "nobody") == .unauthorized)
            await door.tally.flush()
            #expect(Set(door.audit.rows.map(\.reason)) == ["other_account", "wrong_secret", "unknown_account"])
        }
    }

    @Test func `a header that is no name and secret is refused beside a certificate, too`() async throws {
        try await Door.open { door async throws in
            door.accounts.replace(account([CertificateMark(uri: Self.uri)]))
            let peer = try peer(Self.uri)
            let answer = try await PeerIdentity.$current.withValue(peer) {
                try await door.send(.get, path, as: nil, headers: [.authorization: "Bearer x"])
            }
            #expect(answer.status == .unauthorized)
        }
    }

    @Test func `disabled, removed or from a foreign network: refused with a certificate as without`() async throws {
        try await Door.open(on: .router) { door async throws in
            let (peer, mark) = (try peer(Self.uri), CertificateMark(uri: Self.uri))
            door.accounts.replace(account([mark], isDisabled: true))
            #expect(try await status(door, peer) == .unauthorized)
            door.accounts.replace(account([mark], networks: ["10.0.0.0/8"].compactMap(IPNetwork.init)))
            door.clock.advance(by: .seconds(3))
            #expect(try await status(door, peer) == .unauthorized)
            door.accounts.remove("machine")
            door.clock.advance(by: .seconds(3))
            #expect(try await status(door, peer) == .unauthorized)
            await door.tally.flush()
            #expect(
                Set(door.audit.rows.map(\.reason)) == ["disabled", "foreign_network", "unknown_certificate"])
        }
    }

    @Test func `a certificate with the marks of two accounts is nobody's`() async throws {
        try await Door.open { door async throws in
            door.accounts.replace(account([CertificateMark(uri: Self.uri)]))
            door.accounts.replace(
                MemoryAccounts.account(
                    "other", [.authenticate],
                    certificates: [CertificateMark(dns: "machine.example.org").description]))
            #expect(try await status(door, try peer(Self.uri)) == .unauthorized)
            #expect(try await status(door, try peer(Self.uri, host: "elsewhere.example.org")) == .ok)
        }
    }

    /// Connections are kept for longer than certificates are good.
    @Test func `what was good in the handshake is looked at again at each request`() async throws {
        try await Door.open { door async throws in
            door.accounts.replace(account([CertificateMark(uri: Self.uri)]))
            #expect(try await status(door, try peer(Self.uri, hours: -1)) == .unauthorized)
            await door.tally.flush()
            #expect(door.audit.rows.map(\.reason) == ["bad_certificate"])
        }
    }
}

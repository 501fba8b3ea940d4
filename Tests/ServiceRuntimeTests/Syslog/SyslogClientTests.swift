// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOSSL
import ServiceRuntime
import Testing
import TestKit

/// F38: what was sent counts when the receiver has read it, and nothing is sent to anybody else.
@Suite(.timeLimit(.minutes(1)))
struct SyslogClientTests {
    private let authority: TestAuthority
    private let server: TLSConfiguration

    init() throws {
        authority = try TestAuthority()
        let pair = try authority.issue(host: "localhost")
        server = TLSPolicy.server(certificates: try pair.certificates, key: try pair.privateKey, clientCA: nil)
    }

    private func client(
        _ receiver: SyslogReceiver, host: String = "localhost", trusting other: TestAuthority? = nil,
        patience: Duration = .seconds(30)
    ) throws -> SyslogClient {
        let tls = TLSPolicy.client(roots: try (other ?? authority).certificates, certificates: [], key: nil)
        return SyslogClient(SyslogConfiguration(host: host, port: receiver.port, tls: tls), patience: patience)
    }

    /// Why a delivery did not succeed; nil when it did.
    private func fault(of client: SyslogClient, _ frames: [UInt8] = Array("2 hi".utf8)) async -> SyslogFault.Code? {
        do {
            try await client.deliver(frames)
            return nil
        } catch {
            return (error as? SyslogFault)?.code
        }
    }

    @Test func `a delivery has been read when it returns`() async throws {
        try await SyslogReceiver.with(server) { receiver in
            let client = try client(receiver)
            // More than any buffer on the way holds.
            let large = [UInt8](repeating: UInt8(ascii: "x"), count: 8 << 20)
            try await client.deliver(large)
            #expect(receiver.received.count == large.count)
            try await client.deliver(Array("2 hi".utf8))
            #expect(receiver.received.suffix(4) == Array("2 hi".utf8)[...])
        }
    }

    @Test func `nothing is sent to whom another authority vouches for, or who has another name`() async throws {
        try await SyslogReceiver.with(server) { receiver in
            let foreign = try client(receiver, trusting: try TestAuthority())
            #expect(await fault(of: foreign) == .untrusted)
            // The certificate names localhost alone.
            let misnamed = try client(receiver, host: "127.0.0.1")
            #expect(await fault(of: misnamed) == .untrusted)
            #expect(receiver.received == [])
        }
    }

    @Test func `a receiver that dies before the end has not read everything`() async throws {
        try await SyslogReceiver.with(server, manner: .dies) { receiver in
            let large = [UInt8](repeating: UInt8(ascii: "x"), count: 8 << 20)
            let client = try client(receiver)
            #expect(await fault(of: client, large) == .broken)
        }
    }

    @Test func `a receiver that does not read is given up`() async throws {
        try await SyslogReceiver.with(server, manner: .stares) { receiver in
            let client = try client(receiver, patience: .milliseconds(200))
            #expect(await fault(of: client) == .silent)
        }
    }

    @Test func `nobody there is told as such`() async throws {
        let tls = TLSPolicy.client(roots: try authority.certificates, certificates: [], key: nil)
        let configuration = SyslogConfiguration(host: "127.0.0.1", port: try LocalPort.unused(), tls: tls)
        #expect(await fault(of: SyslogClient(configuration)) == .unreachable)
    }

    @Test func `a receiver that wants a certificate gets it`() async throws {
        let pair = try authority.issue(host: "localhost")
        let strict = TLSPolicy.server(
            certificates: try pair.certificates, key: try pair.privateKey, clientCA: try authority.certificates)
        try await SyslogReceiver.with(strict) { receiver in
            let stranger = try client(receiver)
            let code = await fault(of: stranger)
            // By TLS 1.3 a server's refusal comes behind the client's part of the handshake.
            #expect(code == .untrusted || code == .broken)
            #expect(receiver.received == [])
            let own = try authority.issue(host: "core")
            let tls = TLSPolicy.client(
                roots: try authority.certificates, certificates: try own.certificates, key: try own.privateKey)
            let mutual = SyslogClient(SyslogConfiguration(host: "localhost", port: receiver.port, tls: tls))
            try await mutual.deliver(Array("2 hi".utf8))
            #expect(receiver.received == Array("2 hi".utf8))
        }
    }

    @Test func `the next delivery trusts whom a reload names`() async throws {
        try await SyslogReceiver.with(server) { receiver in
            let client = try client(receiver, trusting: try TestAuthority())
            #expect(await fault(of: client) == .untrusted)
            let right = TLSPolicy.client(roots: try authority.certificates, certificates: [], key: nil)
            let change = try #require(try client.preparing(right))
            change()
            let none = try client.preparing(right)
            #expect(none == nil)
            #expect(await fault(of: client) == nil)
        }
    }

    @Test func `a cancelled delivery has not succeeded`() async throws {
        try await SyslogReceiver.with(server, manner: .stares) { receiver in
            let client = try client(receiver)
            let delivery = Task { try await client.deliver(Array("2 hi".utf8)) }
            delivery.cancel()
            await #expect(throws: CancellationError.self) { try await delivery.value }
        }
    }
}

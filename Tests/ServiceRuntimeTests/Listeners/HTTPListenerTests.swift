// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import NIOCore
import NIOSSL
import ServiceRuntime
import TestKit
import Testing

struct HTTPListenerTests {
    private static let request = "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
    private let authority: TestAuthority
    private let server: TestAuthority.KeyPair

    init() throws {
        authority = try TestAuthority()
        server = try authority.issue()
    }

    private func listener(
        mutual: Bool = false, connectionsMax: Int = 100, deadlines: ConnectionDeadlines.Limits = .init()
    ) throws -> ListenerConfiguration {
        ListenerConfiguration(
            host: "127.0.0.1", port: 0,
            tls: TLSPolicy.server(
                certificates: try server.certificates, key: try server.privateKey,
                clientCA: mutual ? try authority.certificates : nil),
            connectionsMax: connectionsMax, deadlines: deadlines)
    }

    private func client(_ pair: TestAuthority.KeyPair? = nil) throws -> TLSConfiguration {
        TLSPolicy.client(
            roots: try authority.certificates, certificates: try pair?.certificates ?? [], key: try pair?.privateKey)
    }

    @Test func `answers over TLS without telling its version`() async throws {
        let tls = try client()
        let outcome = try await RunningListener.with(try listener()) { running in
            await RawConnection.talk(to: running.port, tls: tls, pieces: [Self.request])
        }
        #expect(outcome.received.hasPrefix("HTTP/1.1 200 OK\r\n") && outcome.received.hasSuffix("hello"))
        #expect(outcome.received.lowercased().contains("\r\nserver: countersign\r\n"))
    }

    // R74
    @Test func `refuses TLS 1.1`() async throws {
        var tls = try client()
        tls.minimumTLSVersion = .tlsv1
        tls.maximumTLSVersion = .tlsv11
        tls.cipherSuites = "ECDHE-ECDSA-AES128-SHA"
        let outcome = try await RunningListener.with(try listener()) { [tls] running in
            await RawConnection.talk(to: running.port, tls: tls, pieces: [Self.request])
        }
        // The alert is the server's: the client itself was ready to speak 1.1.
        #expect(outcome.received.isEmpty && outcome.fault?.contains("PROTOCOL_VERSION") == true)
    }

    // R74
    @Test(arguments: [("ECDHE-ECDSA-AES128-SHA", false), ("ECDHE-ECDSA-AES128-GCM-SHA256", true)])
    func `speaks TLS 1.2 with authenticated encryption only`(suite: String, accepted: Bool) async throws {
        var tls = try client()
        tls.maximumTLSVersion = .tlsv12
        tls.cipherSuites = suite
        let outcome = try await RunningListener.with(try listener()) { [tls] running in
            await RawConnection.talk(to: running.port, tls: tls, pieces: [Self.request])
        }
        #expect(outcome.received.hasSuffix("hello") == accepted)
        if !accepted { #expect(outcome.fault?.contains("HANDSHAKE_FAILURE") == true) }
    }

    @Test(arguments: [TLSVersion.tlsv12, .tlsv13])
    func `mutual TLS admits only certificates of its authority`(version: TLSVersion) async throws {
        let stranger = try TestAuthority("Another Authority").issue()
        let friend = try authority.issue()
        var outcomes: [RawConnection.Outcome] = []
        for pair in [nil, stranger, friend] {
            var tls = try client(pair)
            tls.maximumTLSVersion = version
            let outcome = try await RunningListener.with(try listener(mutual: true)) { [tls] running in
                await RawConnection.talk(to: running.port, tls: tls, pieces: [Self.request])
            }
            outcomes.append(outcome)
        }
        #expect(outcomes.map { $0.received.hasSuffix("hello") } == [false, false, true])
        #expect(outcomes[0].received.isEmpty && outcomes[1].received.isEmpty)
    }

    @Test(arguments: [
        ("countersign://service/sdk-service", true), ("countersign://service/sdk-service2", false),
        ("countersign://service/user-portal", false), (nil, false),
    ])
    func `a required peer is known by the URI of its certificate`(uri: String?, admitted: Bool) async throws {
        let tls = try client(try authority.issue(uri: uri))
        let request = "GET /peer HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
        let outcome = try await RunningListener.with(
            try listener(mutual: true), requiredPeer: "countersign://service/sdk-service"
        ) { running in
            await RawConnection.talk(to: running.port, tls: tls, pieces: [request])
        }
        #expect(outcome.received.isEmpty != admitted)
        if admitted { #expect(outcome.received.hasSuffix("countersign://service/sdk-service")) }
    }

    @Test func `a head that dribbles in is cut off`() async throws {
        let configuration = try listener(deadlines: .init(head: .milliseconds(400), idle: .seconds(60)))
        let tls = try client()
        let clock = ContinuousClock()
        let began = clock.now
        let outcome = try await RunningListener.with(configuration) { running in
            // Each byte comes well within the deadline; all of them would take a minute.
            await RawConnection.talk(
                to: running.port, tls: tls,
                pieces: ["GET / HTTP/1.1\r\nx: "] + Array(repeating: "y", count: 600) + ["\r\n\r\n"],
                pace: .milliseconds(100))
        }
        #expect(outcome.received.isEmpty)
        #expect(clock.now - began < .seconds(50))
    }

    @Test func `a body that dribbles in is cut off`() async throws {
        let configuration = try listener(deadlines: .init(body: .milliseconds(400)))
        let tls = try client()
        let clock = ContinuousClock()
        let began = clock.now
        let outcome = try await RunningListener.with(configuration) { running in
            await RawConnection.talk(
                to: running.port, tls: tls,
                pieces: ["POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 600\r\n\r\n"]
                    + Array(repeating: "y", count: 600),
                pace: .milliseconds(100))
        }
        #expect(!outcome.received.contains("200 OK"))
        #expect(clock.now - began < .seconds(50))
    }

    @Test func `a client that never greets is cut off`() async throws {
        let configuration = try listener(deadlines: .init(head: .milliseconds(200)))
        // A plain connection to a TLS listener: no handshake ever comes.
        let outcome = try await RunningListener.with(configuration) { running in
            await RawConnection.talk(to: running.port, pieces: [])
        }
        #expect(outcome.received.isEmpty)
    }

    @Test func `an idle connection is closed`() async throws {
        let configuration = try listener(deadlines: .init(idle: .milliseconds(200)))
        let tls = try client()
        let outcome = try await RunningListener.with(configuration) { running in
            await RawConnection.talk(
                to: running.port, tls: tls, pieces: ["GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"])
        }
        #expect(outcome.received.hasSuffix("hello"))
    }

    @Test func `connections beyond the limit are refused, and places are given back`() async throws {
        let configuration = ListenerConfiguration(host: "127.0.0.1", port: 0, tls: nil, connectionsMax: 1)
        try await RunningListener.with(configuration) { running in
            let refused = try await RawConnection.holding(running.port) {
                await RawConnection.talk(to: running.port, pieces: [Self.request])
            }
            #expect(refused.received.isEmpty)
            // The place is free when the server has seen the other end go, which is soon but not now.
            var outcome = RawConnection.Outcome()
            for _ in 0..<1_000 where outcome.received.isEmpty {
                outcome = await RawConnection.talk(to: running.port, pieces: [Self.request])
            }
            #expect(outcome.received.hasSuffix("hello"))
        }
    }

    // R68, F27
    @Test func `one address has its share of the connections, and another one its own`() async throws {
        let configuration = ListenerConfiguration(
            host: "127.0.0.1", port: 0, tls: nil, connectionsMax: 10, connectionsPerAddressMax: 1)
        try await RunningListener.with(configuration) { running in
            let outcomes = try await RawConnection.holding(running.port) {
                [
                    await RawConnection.talk(to: running.port, pieces: [Self.request]),
                    await RawConnection.talk(to: running.port, from: "127.0.0.2", pieces: [Self.request]),
                ]
            }
            #expect(outcomes.map { $0.received.hasSuffix("hello") } == [false, true])
            var outcome = RawConnection.Outcome()
            for _ in 0..<1_000 where outcome.received.isEmpty {
                outcome = await RawConnection.talk(to: running.port, pieces: [Self.request])
            }
            #expect(outcome.received.hasSuffix("hello"))
        }
    }

    @Test func `a graceful stop answers the request in flight and closes the rest`() async throws {
        let (started, announce) = AsyncStream.makeStream(of: Void.self)
        let (permits, permit) = AsyncStream.makeStream(of: Void.self)
        let router = Router(context: BasicRequestContext.self)
        router.get("/") { _, _ in
            announce.yield()
            for await _ in permits { break }
            return "finished"
        }
        let tls = try client()
        let (outcome, port) = try await RunningListener.with(try listener(), router: router) { running in
            async let answer = RawConnection.talk(
                to: running.port, tls: tls, pieces: ["GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"])
            for await _ in started { break }
            await running.stop()
            permit.yield()
            return (await answer, running.port)
        }
        // The client asked to keep the connection; the stop closed it after the answer.
        #expect(outcome.received.hasPrefix("HTTP/1.1 200 OK\r\n") && outcome.received.hasSuffix("finished"))
        let late = await RawConnection.talk(to: port, tls: tls, pieces: [Self.request])
        #expect(late.received.isEmpty && late.fault != nil)
    }

    @Test func `an address in use is told in one sentence`() async throws {
        let configuration = try listener()
        try await RunningListener.with(configuration) { running in
            let second = ListenerConfiguration(host: "127.0.0.1", port: running.port, tls: nil)
            let fault = await #expect(throws: ListenerError.self) {
                try await RunningListener.with(second) { _ in }
            }
            #expect(fault?.description.hasPrefix("cannot listen on 127.0.0.1:\(running.port) (test): ") == true)
        }
    }

    // R96
    @Test(arguments: [false, true])
    func `a service about to stop asks its clients to leave, and answers them still`(isStopping: Bool) async throws {
        let draining = Draining()
        if isStopping { draining.begin() }
        let kept = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"
        let configuration = ListenerConfiguration(host: "127.0.0.1", port: 0, tls: nil, connectionsMax: 10)
        let outcome = try await RunningListener.with(configuration, draining: draining) { running in
            await RawConnection.talk(to: running.port, pieces: [kept, Self.request], pace: .milliseconds(50))
        }
        let first = outcome.received.split(separator: "hello").first ?? ""
        #expect(first.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(first.lowercased().contains("\r\nconnection: close\r\n") == isStopping)
    }
}

// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import Glibc
internal import Synchronization

/// A TCP relay to a port on 127.0.0.1 that can be told to fail in chosen ways; knows PostgreSQL's protocol (without
/// TLS) just enough to lose the right answer.
package final class FaultProxy: Sendable {
    /// What passes through, as seen from the client.
    package enum Direction: Sendable, Hashable, CaseIterable {
        case requests, answers
    }

    /// What befalls the bytes of one direction; one direction alone makes a line that works one way.
    package enum Fault: Sendable, Equatable {
        /// Each piece comes this much later.
        case delay(Duration)
        /// Nothing arrives, and nobody is told.
        case drop
        /// Pieces with this text never arrive, all others do: a message is lost while its line stands.
        case lose(String)
        /// Each connection ends after this many more bytes.
        case cut(afterBytes: Int)
    }

    /// Where to connect instead of the server.
    package let port: Int
    private let target: Int
    private let listener: Int32
    private let state = Mutex(State())

    private struct State {
        var connections: [Int: Relay] = [:]
        var lastConnection = 0
        var lostReply: [UInt8]?
        var isRefusing = false
        var isStopped = false
        var faults: [Direction: Fault] = [:]
        var lostPieces = 0
        /// Bytes that a connection may still carry, under ``Fault/cut(afterBytes:)``.
        var allowances: [Int: [Direction: Int]] = [:]
    }

    private struct Relay {
        let client: Int32
        let server: Int32
        var isMuted = false
        var isReset = false
    }

    package init(to target: Int) throws {
        self.target = target
        (listener, port) = try LocalPort.listen()
        Thread { self.accept() }.start()
    }

    /// Hands on the next request that contains `text`, keeps the server's whole answer to it from the client, and then
    /// closes that connection: what a network does that fails at the worst moment.
    package func loseReply(to text: String) {
        state.withLock { $0.lostReply = Array(text.utf8) }
    }

    /// Whether the reply asked for has been lost.
    package var hasLostReply: Bool { state.withLock { $0.lostReply == nil } }

    /// From now on, on connections that there are and on new ones; nil heals. A connection that has lost bytes stays
    /// lost: ``reset()`` ends it.
    package func inject(_ fault: Fault?, on directions: Direction...) {
        state.withLock { state in
            for direction in directions.isEmpty ? Direction.allCases : directions { state.faults[direction] = fault }
            state.allowances = [:]
        }
    }

    /// Passes everything again; where something was lost, connections begin anew.
    package func heal() {
        let wasFaulty = state.withLock { state in
            defer { (state.faults, state.allowances, state.lostReply, state.isRefusing) = ([:], [:], nil, false) }
            return !state.faults.isEmpty
        }
        if wasFaulty { reset() }
    }

    /// How many pieces ``Fault/drop`` and ``Fault/lose(_:)`` have taken so far.
    package var lostPieces: Int { state.withLock { $0.lostPieces } }

    /// Ends every connection by a reset instead of a farewell.
    package func reset() {
        let relays = state.withLock { state in
            for id in state.connections.keys { state.connections[id]?.isReset = true }
            return Array(state.connections.values)
        }
        for relay in relays {
            for descriptor in [relay.client, relay.server] {
                var now = linger(l_onoff: 1, l_linger: 0)
                setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
            }
            Self.shut(relay, reading: true)
        }
    }

    /// Ends every connection; with `refusing`, new ones too, until it is taken back.
    package func cut(refusing: Bool) {
        let relays = state.withLock { state in
            state.isRefusing = refusing
            return Array(state.connections.values)
        }
        for relay in relays { Self.shut(relay) }
    }

    /// Ends every connection and listens no more.
    package func stop() {
        let wasStopped = state.withLock { state in
            defer { state.isStopped = true }
            return state.isStopped
        }
        guard !wasStopped else { return }
        shutdown(listener, Int32(SHUT_RDWR))
        cut(refusing: true)
    }

    private func accept() {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0 else { break }
            let isRefusing = state.withLock { $0.isRefusing }
            guard !isRefusing, let server = LocalPort.connect(to: target) else {
                close(client)
                continue
            }
            let relay = Relay(client: client, server: server)
            let id = state.withLock { state in
                state.lastConnection += 1
                state.connections[state.lastConnection] = relay
                return state.lastConnection
            }
            let ends = Mutex(2)
            let finish: @Sendable () -> Void = {
                let isReset = self.state.withLock { $0.connections[id]?.isReset ?? false }
                Self.shut(relay, reading: isReset)
                guard
                    ends.withLock({
                        $0 -= 1; return $0 == 0
                    })
                else { return }
                self.state.withLock { $0.connections[id] = nil }
                close(relay.client)
                close(relay.server)
            }
            Thread {
                self.relayRequests(id, relay); finish()
            }.start()
            Thread {
                self.relayReplies(id, relay); finish()
            }.start()
        }
        close(listener)
    }

    private func relayRequests(_ id: Int, _ relay: Relay) {
        var tail: [UInt8] = []
        Self.read(relay.client) { chunk in
            let seen = tail + chunk
            tail = state.withLock { state in
                guard let text = state.lostReply else { return [] }
                guard Self.contains(seen, text) else { return Array(seen.suffix(text.count - 1)) }
                state.lostReply = nil
                state.connections[id]?.isMuted = true
                return []
            }
            return pass(chunk, .requests, of: id, to: relay.server)
        }
    }

    /// Hands a piece on, as far as the present fault lets it; false ends the connection.
    private func pass(_ chunk: [UInt8], _ direction: Direction, of id: Int, to descriptor: Int32) -> Bool {
        let (fault, allowance) = state.withLock { state -> (Fault?, Int) in
            guard case .cut(let bytes) = state.faults[direction] else { return (state.faults[direction], 0) }
            let left = state.allowances[id]?[direction] ?? bytes
            state.allowances[id, default: [:]][direction] = left - chunk.count
            return (state.faults[direction], left)
        }
        switch fault {
        case nil: return Self.write(chunk, to: descriptor)
        case .lose(let text) where !Self.contains(chunk, Array(text.utf8)): return Self.write(chunk, to: descriptor)
        case .drop, .lose:
            state.withLock { $0.lostPieces += 1 }
            return true
        case .delay(let delay):
            Thread.sleep(forTimeInterval: delay / .seconds(1))
            return Self.write(chunk, to: descriptor)
        case .cut:
            guard chunk.count >= allowance else { return Self.write(chunk, to: descriptor) }
            _ = Self.write(Array(chunk.prefix(max(0, allowance))), to: descriptor)
            return false
        }
    }

    private func relayReplies(_ id: Int, _ relay: Relay) {
        var kept: [UInt8] = []
        Self.read(relay.server) { chunk in
            let isMuted = state.withLock { $0.connections[id]?.isMuted ?? true }
            guard isMuted else { return pass(chunk, .answers, of: id, to: relay.client) }
            kept = Array((kept + chunk).suffix(6))
            // ReadyForQuery ends the answer: by now the server has done what was asked.
            return !(kept.count == 6 && kept.prefix(5).elementsEqual([UInt8(ascii: "Z"), 0, 0, 0, 5]))
        }
    }

    /// Lends what arrives to `use` until the end, or until it returns false.
    private static func read(_ descriptor: Int32, _ use: ([UInt8]) -> Bool) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0, use(Array(buffer[..<count])) else { return }
        }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// - Parameter reading: ends our own reading alone; the closing that follows is what the peer sees.
    private static func shut(_ relay: Relay, reading: Bool = false) {
        shutdown(relay.client, Int32(reading ? SHUT_RD : SHUT_RDWR))
        shutdown(relay.server, Int32(reading ? SHUT_RD : SHUT_RDWR))
    }

    private static func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        guard bytes.count >= part.count else { return false }
        return (0...(bytes.count - part.count)).contains { bytes[$0..<($0 + part.count)].elementsEqual(part) }
    }
}

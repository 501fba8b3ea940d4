// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import Glibc

/// A TCP relay to a port on 127.0.0.1 that stops the traffic at a chosen moment, so that a scenario can do there what
/// a failing machine would do.
package final class GateProxy: @unchecked Sendable {
    /// Where to connect instead of the server.
    package let port: Int
    private let target: Int
    private let listener: Int32
    /// Guards everything below, and is told of every change.
    private let condition = NSCondition()
    private var isHoldingReplies = false
    private var heldText: [UInt8]?
    private var isHoldingRequests = false
    private var isStopped = false
    private var hasVanished = false
    private var relays: [(client: Int32, server: Int32)] = []
    private var held = Latch()

    package init(to target: Int) throws {
        self.target = target
        (listener, port) = try LocalPort.listen()
        Thread { self.accept() }.start()
    }

    /// Keeps every answer of the server back from now on.
    package func holdReplies() {
        change { isHoldingReplies = true }
    }

    /// Keeps back the next request that contains `text`, and all that follow it.
    package func holdRequests(containing text: String) {
        change {
            heldText = Array(text.utf8)
            held = Latch()
        }
    }

    /// Waits until a request asked for by ``holdRequests(containing:)`` is held.
    package func holdsRequest(within patience: Duration = .seconds(20)) async throws {
        let latch = read { held }
        guard await latch.opens(within: patience) else { throw TestKitError("No such request came by.") }
    }

    /// From now on nobody is here, as when a cable is pulled: no packet is taken or answered, on connections that there
    /// are and on new ones, and nobody is told that anything ended.
    package func vanish() {
        change {
            hasVanished = true
            for descriptor in [listener] + relays.map(\.client) { Self.dropPackets(to: descriptor) }
        }
    }

    /// Ends every connection and hands nothing on of what is held; new connections pass freely.
    package func cut() {
        change {
            for relay in relays {
                shutdown(relay.client, Int32(SHUT_RDWR))
                shutdown(relay.server, Int32(SHUT_RDWR))
            }
            relays = []
            (isHoldingReplies, isHoldingRequests, heldText) = (false, false, nil)
        }
    }

    /// Ends every connection and listens no more.
    package func stop() {
        change { isStopped = true }
        shutdown(listener, Int32(SHUT_RDWR))
        cut()
    }

    private func change(_ body: () -> Void) {
        condition.lock()
        body()
        condition.broadcast()
        condition.unlock()
    }

    private func read<R>(_ body: () -> R) -> R {
        condition.lock()
        defer { condition.unlock() }
        return body()
    }

    private func accept() {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0 else { break }
            guard !read({ isStopped }), let server = LocalPort.connect(to: target) else {
                close(client)
                continue
            }
            change { relays.append((client, server)) }
            Thread {
                self.relay(from: client, to: server) { self.passRequest($0, of: client) }
            }.start()
            Thread { self.relay(from: server, to: client) { _ in self.passReply(of: client) } }.start()
        }
        close(listener)
    }

    private func relay(from source: Int32, to sink: Int32, mayPass: ([UInt8]) -> Bool) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(source, &buffer, buffer.count, 0)
            guard count > 0, mayPass(Array(buffer[..<count])) else { break }
            var sent = 0
            while sent < count {
                let written = buffer.withUnsafeBytes {
                    send(sink, $0.baseAddress.map { $0 + sent }, count - sent, Int32(MSG_NOSIGNAL))
                }
                guard written > 0 else { break }
                sent += written
            }
        }
        guard !read({ hasVanished }) else { return }
        // The descriptors stay open until the process ends: their numbers must not serve another relay meanwhile.
        shutdown(source, Int32(SHUT_RDWR))
        shutdown(sink, Int32(SHUT_RDWR))
    }

    /// Whether the chunk may go on; waits while it is held.
    private func passRequest(_ chunk: [UInt8], of client: Int32) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        if let text = heldText, Self.contains(chunk, text) {
            (heldText, isHoldingRequests) = (nil, true)
            held.open()
        }
        while isHoldingRequests, isAlive(client) { condition.wait() }
        return isAlive(client)
    }

    private func passReply(of client: Int32) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while isHoldingReplies || hasVanished, isAlive(client) { condition.wait() }
        return isAlive(client)
    }

    /// A socket filter that lets nothing through: the system then loses what arrives, as a network would.
    private static func dropPackets(to descriptor: Int32) {
        /// The system's `struct sock_fprog`, which its Swift module leaves out.
        struct Program {
            var length: UInt16
            var instructions: UnsafeMutablePointer<UInt64>
        }
        // One instruction (code, two jumps, operand): return 0, the number of bytes to keep.
        var keepNothing: UInt64 = UInt64(littleEndian: 0x06)
        withUnsafeMutablePointer(to: &keepNothing) { instructions in
            var program = Program(length: 1, instructions: instructions)
            setsockopt(
                descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, socklen_t(MemoryLayout<Program>.size))
        }
    }

    /// Whether the connection was not cut.
    private func isAlive(_ client: Int32) -> Bool { relays.contains { $0.client == client } }

    private static func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        guard bytes.count >= part.count else { return false }
        return (0...(bytes.count - part.count)).contains { bytes[$0..<($0 + part.count)].elementsEqual(part) }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization
import TestKit

/// Sends back what it gets, and remembers it.
final class EchoServer: Sendable {
    let port: Int
    private let listener: Int32
    private let text = Mutex("")

    init() throws {
        (listener, port) = try LocalPort.listen()
        Thread { self.serve() }.start()
    }

    var received: String { text.withLock { $0 } }

    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func serve() {
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else { break }
            Thread {
                var buffer = [UInt8](repeating: 0, count: 4_096)
                while true {
                    let count = recv(client, &buffer, buffer.count, 0)
                    guard count > 0 else { break }
                    self.text.withLock { $0 += String(decoding: buffer[..<count], as: UTF8.self) }
                    send(client, buffer, count, Int32(MSG_NOSIGNAL))
                }
                close(client)
            }.start()
        }
        close(listener)
    }
}

/// A plain TCP connection.
final class Line {
    private let descriptor: Int32

    init(to port: Int) throws {
        guard let descriptor = LocalPort.connect(to: port) else { throw TestKitError("Nobody listens on \(port).") }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Foundation.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// What comes within this time, perhaps nothing; nil when the connection has ended.
    func receive(milliseconds: Int32) -> String? {
        var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&wait, 1, milliseconds) == 1 else { return "" }
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }

    /// Whether it ends within this time, whatever comes before.
    func isEnded(within milliseconds: Int32) -> Bool {
        for _ in 0..<10 {
            guard let text = receive(milliseconds: milliseconds) else { return true }
            if text.isEmpty { return false }
        }
        return false
    }
}

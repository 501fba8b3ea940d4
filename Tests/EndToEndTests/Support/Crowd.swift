// SPDX-License-Identifier: Apache-2.0
import Glibc
import TestKit

/// Connections that somebody opens and hardly uses.
final class Crowd: Sendable {
    private let descriptors: [Int32]

    private init(_ descriptors: [Int32]) {
        self.descriptors = descriptors
    }

    deinit {
        for descriptor in descriptors { close(descriptor) }
    }

    /// Lets this process have so many connections more, or says that it may not.
    static func makeRoom(for count: Int) throws {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        // Worlds and the test program itself have files, too.
        let needed = rlim_t(count + 1_000)
        guard getrlimit(resource, &limit) == 0 else { throw TestKitError("getrlimit: \(errno)") }
        guard limit.rlim_cur < needed else { return }
        limit.rlim_cur = min(needed, limit.rlim_max)
        guard limit.rlim_max >= needed, setrlimit(resource, &limit) == 0 else {
            throw TestKitError("\(needed) files are needed, and ulimit -Hn is \(limit.rlim_max).")
        }
    }

    /// Plain TCP connections to a port on 127.0.0.1.
    ///
    /// - Parameters:
    ///   - address: theirs, of this machine's own network 127.0.0.0/8.
    ///   - greeting: bytes that each of them sends first.
    static func connect(
        _ count: Int, to port: Int, from address: String = "127.0.0.1", greeting: [UInt8] = []
    ) async throws -> Crowd {
        var descriptors: [Int32] = []
        for _ in 0..<count {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else {
                _ = Crowd(descriptors)
                throw TestKitError("There are no sockets left after \(descriptors.count).")
            }
            descriptors.append(descriptor)
            guard Self.bind(descriptor, to: address), Self.connect(descriptor, to: port) else { continue }
            if !greeting.isEmpty { _ = Glibc.send(descriptor, greeting, greeting.count, Int32(MSG_NOSIGNAL)) }
        }
        return Crowd(descriptors)
    }

    /// All of them send some bytes more.
    func send(_ bytes: [UInt8]) {
        for descriptor in descriptors { _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }
    }

    /// How many of them the other side has not ended.
    var standing: Int {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        return descriptors.count { descriptor in
            while true {
                let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
                if count > 0 { continue }
                return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)
            }
        }
    }

    /// Ends all of them.
    func leave() {
        for descriptor in descriptors { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    private static func bind(_ descriptor: Int32, to address: String) -> Bool {
        var own = sockaddr_in()
        own.sin_family = sa_family_t(AF_INET)
        inet_pton(AF_INET, address, &own.sin_addr)
        return withUnsafePointer(to: &own) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    private static func connect(_ descriptor: Int32, to port: Int) -> Bool {
        var other = sockaddr_in()
        other.sin_family = sa_family_t(AF_INET)
        other.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        other.sin_port = UInt16(port).bigEndian
        return withUnsafePointer(to: &other) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}

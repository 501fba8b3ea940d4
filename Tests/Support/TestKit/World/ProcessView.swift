// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import Glibc

/// What the kernel shows of a running process, to whoever runs the tests.
package struct ProcessView: Sendable {
    package let pid: Int32

    package init(_ pid: Int32) {
        self.pid = pid
    }

    /// `NAME=value` texts; nil when the kernel shows them to nobody like this user.
    package var environment: [String]? { texts("environ") }

    /// Its arguments.
    package var commandLine: [String] { texts("cmdline") ?? [] }

    /// Everything about it that this user may read, as bytes to search in.
    package var readable: [UInt8] {
        ["environ", "cmdline", "comm", "status", "maps", "mountinfo", "stack"].flatMap { name in
            bytes(name) ?? []
        }
    }

    /// A limit of its, such as `Max open files`: the soft one and the hard one, as the kernel writes them.
    package func limit(_ name: String) -> [String] {
        let line = String(decoding: bytes("limits") ?? [], as: UTF8.self).split(separator: "\n")
            .first { $0.hasPrefix(name) }
        return line?.dropFirst(name.count).split(separator: " ").prefix(2).map(String.init) ?? []
    }

    /// The files, sockets and pipes it has open, as the kernel names them.
    package var openFiles: [String] {
        let folder = "/proc/\(pid)/fd"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap { name in
            var target = [UInt8](repeating: 0, count: 1024)
            let count = target.withUnsafeMutableBytes { bytes in
                bytes.bindMemory(to: CChar.self).baseAddress.map { readlink("\(folder)/\(name)", $0, bytes.count) }
                    ?? -1
            }
            return count > 0 ? String(decoding: target[..<count], as: UTF8.self) : nil
        }
    }

    /// The ports of the other ends of its TCP connections.
    package var remotePorts: Set<Int> { Set(remoteEnds) }

    /// How many TCP connections to one of these ports it has open, those that are being opened too.
    package func connections(to ports: some Collection<Int>) -> Int { remoteEnds.count { ports.contains($0) } }

    /// Of each connection.
    private var remoteEnds: [Int] {
        let sockets = Set(
            openFiles.compactMap { name in
                name.hasPrefix("socket:[") ? String(name.dropFirst(8).dropLast()) : nil
            })
        var ports: [Int] = []
        for table in ["tcp", "tcp6"] {
            let text = String(decoding: bytes("net/\(table)") ?? [], as: UTF8.self)
            for line in text.split(separator: "\n").dropFirst() {
                let fields = line.split(separator: " ")
                guard fields.count > 9, sockets.contains(String(fields[9])),
                    let port = fields[2].split(separator: ":").last.flatMap({ Int($0, radix: 16) }), port > 0
                else { continue }
                ports.append(port)
            }
        }
        return ports
    }

    private func texts(_ name: String) -> [String]? {
        bytes(name)?.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// A file of the kernel's about the process, to its end: it comes in pieces of a page, and Foundation takes the first
    /// piece for the whole.
    private func bytes(_ name: String) -> [UInt8]? {
        let descriptor = open("/proc/\(pid)/\(name)", O_RDONLY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return count == 0 ? all : nil }
            all += piece[..<count]
        }
    }
}

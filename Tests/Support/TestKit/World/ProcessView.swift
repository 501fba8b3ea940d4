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
            Array(FileManager.default.contents(atPath: "/proc/\(pid)/\(name)") ?? Data())
        }
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
    package var remotePorts: Set<Int> {
        let sockets = Set(
            openFiles.compactMap { name in
                name.hasPrefix("socket:[") ? String(name.dropFirst(8).dropLast()) : nil
            })
        var ports: Set<Int> = []
        for table in ["tcp", "tcp6"] {
            let text = (try? String(contentsOfFile: "/proc/\(pid)/net/\(table)", encoding: .utf8)) ?? ""
            for line in text.split(separator: "\n").dropFirst() {
                let fields = line.split(separator: " ")
                guard fields.count > 9, sockets.contains(String(fields[9])),
                    let port = fields[2].split(separator: ":").last.flatMap({ Int($0, radix: 16) }), port > 0
                else { continue }
                ports.insert(port)
            }
        }
        return ports
    }

    private func texts(_ name: String) -> [String]? {
        guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/\(name)") else { return nil }
        return data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }
}

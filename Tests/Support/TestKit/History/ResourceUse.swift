// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// I11: what a process holds of memory, sockets and threads at one moment.
package struct ResourceUse: Sendable, Equatable {
    /// What a copy may hold at most, and what it may keep afterwards over what it had before.
    package struct Cap: Sendable {
        /// What the allocator may keep of each connection of a crowd that is gone; one that waits takes some 45 KiB
        /// (docs/decisions/0006-memory-of-a-waiting-caller.md).
        private static let bytesPerConnection = 64 << 10

        package var memoryBytes: Int
        package var files = 1_200
        package var threads = 64
        /// What work leaves in the allocator, and what of the program has been touched by then; a leak goes on.
        package var extraMemoryBytes = 128 << 20
        package var extraFiles = 64
        package var extraThreads = 8

        /// That of sdk-service is its bar with ten thousand waiting; the others' is some times theirs, so that a debug build
        /// and a few passwords that are hashed at once (16 MiB each) have room.
        ///
        /// - Parameter crowd: connections that somebody opens to it beside those of the people at work.
        package init(of service: Service, crowd: Int = 0) {
            memoryBytes = (service == .sdk ? 500 << 20 : 384 << 20) + crowd * Self.bytesPerConnection
            extraMemoryBytes += crowd * Self.bytesPerConnection
        }
    }

    package var memoryBytes: Int
    package var files: Int
    package var threads: Int

    package init(memoryBytes: Int, files: Int, threads: Int) {
        self.memoryBytes = memoryBytes
        self.files = files
        self.threads = threads
    }

    /// Of a process that runs; nil when it is gone.
    package init?(of pid: Int32) {
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8),
            let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")
        else { return nil }
        func value(_ name: String) -> Int {
            let line = status.split(separator: "\n").first { $0.hasPrefix("\(name):") }
            return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0
        }
        memoryBytes = value("VmRSS") * 1_024
        threads = value("Threads")
        self.files = files.count
    }

    /// What is too much at a bad moment.
    package func violations(_ name: String, cap: Cap) -> [Violation] {
        var found: [Violation] = []
        if memoryBytes > cap.memoryBytes { found.append(Violation("I11", "\(name) holds \(memoryBytes) bytes")) }
        if files > cap.files { found.append(Violation("I11", "\(name) has \(files) files open")) }
        if threads > cap.threads { found.append(Violation("I11", "\(name) has \(threads) threads")) }
        return found
    }

    /// What is too much when all is well again, `before` being how it was.
    package func violations(_ name: String, before: ResourceUse, cap: Cap) -> [Violation] {
        var found = violations(name, cap: cap)
        if memoryBytes > before.memoryBytes + cap.extraMemoryBytes {
            found.append(Violation("I11", "\(name) held \(before.memoryBytes) bytes and keeps \(memoryBytes)"))
        }
        if files > before.files + cap.extraFiles {
            found.append(Violation("I11", "\(name) had \(before.files) files open and keeps \(files)"))
        }
        if threads > before.threads + cap.extraThreads {
            found.append(Violation("I11", "\(name) had \(before.threads) threads and keeps \(threads)"))
        }
        return found
    }
}

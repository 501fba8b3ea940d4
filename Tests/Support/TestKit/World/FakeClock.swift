// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import Glibc
internal import Synchronization

/// The time of day of a world, moved while its programs run (libfaketime); the monotonic clock is left alone.
///
/// The library converts the deadlines of timers by the offset that it finds at the start of a program, and not at all
/// where that is negative. So programs start while the clock is right, and are never taken behind it.
package final class FakeClock: Sendable {
    private static let libraries = [
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1", "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
    ]

    /// For every program of the world.
    package let environment: [String: String]
    private let file: String
    private let offset = Mutex(Offset())

    private struct Offset {
        var seconds = 0
        /// Beside the seconds: what a clock is off that runs a little fast.
        var milliseconds = 0
    }

    /// - Parameter file: holds the offset; every program must be able to read it.
    package init(file: String) throws {
        guard let library = Self.libraries.first(where: { FileManager.default.isReadableFile(atPath: $0) }) else {
            throw TestKitError("libfaketime is missing (Debian: apt-get install libfaketime).")
        }
        self.file = file
        environment = [
            "LD_PRELOAD": library, "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_NO_CACHE": "1",
            "FAKETIME_TIMESTAMP_FILE": file,
            // Names that are given are taken as they are. Without them the library changes the environment before
            // `main`, and then a Swift program no longer finds its arguments.
            "FAKETIME_SHARED": "/countersign-faketime-lock /countersign-faketime-memory",
        ]
        try write(Offset())
    }

    /// Seconds the world is ahead of this process.
    package var secondsAhead: Int { offset.withLock { $0.seconds } }

    /// Moves the time of the world; back too, as far as the right time.
    package func advance(seconds: Int) throws {
        try offset.withLock { offset in
            guard offset.seconds + seconds >= 0 else {
                throw TestKitError("A world's time cannot go before the right time.")
            }
            offset.seconds += seconds
            try write(offset)
        }
    }

    /// Lets the clock be a little ahead of where ``advance(seconds:)`` put it, as one that runs fast.
    package func drift(milliseconds: Int) throws {
        try offset.withLock { offset in
            offset.milliseconds = milliseconds
            try write(offset)
        }
    }

    /// Removes what the library leaves in memory of programs that were killed.
    static func removeLeftovers() {
        let folder = "/dev/shm"
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            guard name.hasPrefix("faketime_shm_") || name.hasPrefix("sem.faketime_sem_"),
                let pid = name.split(separator: "_").last.flatMap({ Int32($0) }), kill(pid, 0) != 0, errno == ESRCH
            else { continue }
            unlink("\(folder)/\(name)")
        }
    }

    /// Whole or not at all: a program may read it at any moment.
    private func write(_ offset: Offset) throws {
        let text = Data("+\(offset.seconds).\(String(offset.milliseconds + 1_000).dropFirst())s\n".utf8)
        guard
            FileManager.default.createFile(
                atPath: "\(file).new", contents: text, attributes: [.posixPermissions: 0o644])
        else { throw TestKitError("Cannot write \(file).") }
        guard rename("\(file).new", file) == 0 else { throw TestKitError("Cannot replace \(file).") }
    }
}

// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import Glibc
internal import Synchronization

/// What a program writes to a pipe, line by line: the latest lines in memory, all of them in a file where one is
/// named, and whoever waits for a line gets it when it comes.
package final class LineLog: Sendable {
    private static let linesMax = 4_000

    private struct Waiter {
        let matches: @Sendable (String) -> Bool
        let continuation: CheckedContinuation<String?, Never>
    }

    private struct State {
        var lines: [String] = []
        var dropped = 0
        var waiters: [Int: Waiter] = [:]
        var lastWaiter = 0
        var hasEnded = false
    }

    let writeEnd: Int32
    private let readEnd: Int32
    private let file: Int32?
    private let state = Mutex(State())
    private let ended = Latch()

    init(file: String? = nil) throws {
        let ends = try Self.pipe()
        (readEnd, writeEnd) = (ends.read, ends.write)
        self.file = file.map { open($0, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600) }
    }

    static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else { throw TestKitError("There are no pipes left.") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    /// Begins to read; the program has its end by now.
    func start() {
        close(writeEnd)
        Thread { self.read() }.start()
    }

    /// How many lines have come; a place to wait from.
    package var count: Int { state.withLock { $0.dropped + $0.lines.count } }

    /// The lines that came since a ``count``, as far as they are kept.
    package func lines(since place: Int = 0) -> [String] {
        state.withLock { Array($0.lines.dropFirst(max(0, place - $0.dropped))) }
    }

    /// The last lines, as a reader wants to see them.
    package func tail(_ count: Int = 30) -> String {
        state.withLock { $0.lines.suffix(count).joined(separator: "\n") }
    }

    /// Everything, once the program has closed its end.
    package func whole() async -> String {
        _ = await ended.opens(within: .seconds(10))
        return state.withLock { $0.lines.map { $0 + "\n" }.joined() }
    }

    /// The first line since `place` that `matches`, which may still have to come; nil when none came in time.
    package func line(
        since place: Int = 0, within patience: Duration = .seconds(30),
        where matches: @escaping @Sendable (String) -> Bool
    ) async -> String? {
        let number = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        return await withTaskGroup(of: String?.self) { group in
            group.addTask { await self.wait(number, since: place, matches) }
            group.addTask {
                try? await Task.sleep(for: patience)
                self.giveUp(number)
                return nil
            }
            // The sleeper ends the wait, so that the first answer is the waiter's in either case.
            let line = await group.next() ?? nil
            group.cancelAll()
            return line
        }
    }

    private func wait(_ number: Int, since place: Int, _ matches: @escaping @Sendable (String) -> Bool) async -> String?
    {
        await withCheckedContinuation { continuation in
            let (line, isOver) = state.withLock { state -> (String?, Bool) in
                let known = state.lines.dropFirst(max(0, place - state.dropped)).first(where: matches)
                if known != nil || state.hasEnded { return (known, true) }
                state.waiters[number] = Waiter(matches: matches, continuation: continuation)
                return (nil, false)
            }
            if isOver { continuation.resume(returning: line) }
        }
    }

    private func giveUp(_ number: Int) {
        let waiter = state.withLock { $0.waiters.removeValue(forKey: number) }
        waiter?.continuation.resume(returning: nil)
    }

    private func read() {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var rest: [UInt8] = []
        while true {
            let count = Glibc.read(readEnd, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            if let file { _ = write(file, buffer, count) }
            rest.append(contentsOf: buffer[..<count])
            var parts = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            rest = Array(parts.removeLast())
            for part in parts { add(String(decoding: part, as: UTF8.self)) }
        }
        if !rest.isEmpty { add(String(decoding: rest, as: UTF8.self)) }
        close(readEnd)
        if let file { close(file) }
        let waiters = state.withLock { state in
            state.hasEnded = true
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.continuation.resume(returning: nil) }
        ended.open()
    }

    private func add(_ line: String) {
        let woken = state.withLock { state in
            state.lines.append(line)
            if state.lines.count > 2 * Self.linesMax {
                state.dropped += Self.linesMax
                state.lines.removeFirst(Self.linesMax)
            }
            let matching = state.waiters.filter { $0.value.matches(line) }
            for number in matching.keys { state.waiters[number] = nil }
            return matching.values.map(\.continuation)
        }
        for continuation in woken { continuation.resume(returning: line) }
    }
}

// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import Glibc
internal import Synchronization

/// A program that was started: its standard output and error line by line, its end.
package final class ChildProcess: Sendable {
    /// What is run, as whom and where.
    package struct Command: Sendable {
        package var program: String
        package var arguments: [String]
        package var environment: [String: String]
        package var folder: String
        /// Text for standard input, which is then closed.
        package var input: String
        /// Runs with these numeric user and group ids; only root can.
        package var user: Int?
        /// How many threads it may have; only root can, and its rights to files and processes remain root's.
        package var threadsMax: Int?

        package init(
            _ program: String, _ arguments: [String], environment: [String: String] = [:], folder: String = "/",
            input: String = "", user: Int? = nil
        ) {
            self.program = program
            self.arguments = arguments
            self.environment = environment
            self.folder = folder
            self.input = input
            self.user = user
        }
    }

    /// How a program ended: its exit status, or the signal that killed it as a negative number.
    package struct End: Sendable, Equatable {
        package let status: Int32
        package let output: String
        package let errors: String
    }

    package let pid: Int32
    package let errors: LineLog
    package let output: LineLog
    private let status = Mutex<Int32?>(nil)
    private let core = Mutex(false)
    private let finished = Latch()

    package init(_ command: Command, keepingLogIn file: String? = nil) throws {
        let (output, errors) = (try LineLog(), try LineLog(file: file))
        let input = try LineLog.pipe()
        self.output = output
        self.errors = errors
        pid = try Self.spawn(command, input: input.read, output: output.writeEnd, errors: errors.writeEnd)
        Warden.shared.remember(process: pid)
        close(input.read)
        output.start()
        errors.start()
        let bytes = Array(command.input.utf8)
        if !bytes.isEmpty { _ = write(input.write, bytes, bytes.count) }
        close(input.write)
        Thread { self.reap() }.start()
    }

    /// Starts a program and waits for its end.
    package static func run(_ command: Command, within patience: Duration = .seconds(60)) async throws -> End {
        let child = try ChildProcess(command)
        do {
            let status = try await child.end(within: patience)
            return End(status: status, output: await child.output.whole(), errors: await child.errors.whole())
        } catch {
            child.signal(SIGKILL)
            throw error
        }
    }

    /// Whether it has not ended.
    package var isRunning: Bool { status.withLock { $0 == nil } }

    /// Whether the kernel has taken a core of it, after its end.
    package var leftCore: Bool { core.withLock { $0 } }

    /// Sends a signal, unless it has ended.
    package func signal(_ number: Int32) {
        status.withLock { status in if status == nil { _ = Glibc.kill(pid, number) } }
    }

    /// Waits for the end: the exit status, or the signal as a negative number.
    @discardableResult
    package func end(within patience: Duration) async throws -> Int32 {
        guard await finished.opens(within: patience), let status = status.withLock({ $0 }) else {
            throw TestKitError("Process \(pid) did not end within \(patience).\n\(errors.tail())")
        }
        return status
    }

    /// Kills it as a failing machine would, and waits until it is gone.
    package func kill() async throws {
        signal(SIGKILL)
        try await end(within: .seconds(10))
    }

    private func reap() {
        var raw: Int32 = 0
        // Waits without collecting it, so that nobody can signal a stranger who got its number meanwhile.
        var details = siginfo_t()
        waitid(P_PID, id_t(pid), &details, WEXITED | WNOWAIT)
        status.withLock { status in
            waitpid(pid, &raw, 0)
            status = raw & 0x7f == 0 ? (raw >> 8) & 0xff : -(raw & 0x7f)
            core.withLock { $0 = raw & 0x7f != 0 && raw & 0x80 != 0 }
        }
        Warden.shared.forget(process: pid)
        finished.open()
    }

    private static func spawn(_ command: Command, input: Int32, output: Int32, errors: Int32) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, errors, 2)
        SpawnActions.closeOthers(&actions)
        SpawnActions.changeFolder(&actions, to: command.folder)
        var words = [command.program] + command.arguments
        if let user = command.user {
            words = ["/usr/bin/setpriv", "--reuid=\(user)", "--regid=\(user)", "--clear-groups", "--"] + words
        }
        if let count = command.threadsMax {
            // The kernel counts by real user, and holds nobody to it who has one of these two capabilities.
            let user = 100_000 + getpid()
            words =
                ["/usr/bin/prlimit", "--nproc=\(count)", "/usr/bin/setpriv", "--ruid=\(user)"]
                + ["--bounding-set=-sys_resource,-sys_admin", "--"] + words
        }
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] =
            environment(command.environment).map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // This process ignores a broken pipe; a program under test starts with the system's defaults.
        var (none, broken) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigemptyset(&broken)
        sigaddset(&broken, SIGPIPE)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &broken)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var pid: pid_t = 0
        let failure = posix_spawn(&pid, words[0], &actions, &attributes, &arguments, &variables)
        guard failure == 0 else {
            throw TestKitError("\(words[0]) cannot be started: \(String(cString: strerror(failure))).")
        }
        return pid
    }

    /// What programs need of this process's environment, and nothing that would configure them behind a test's back.
    private static func environment(_ own: [String: String]) -> [String: String] {
        let inherited = ProcessInfo.processInfo.environment.filter { name, _ in
            ["PATH", "LD_LIBRARY_PATH", "TMPDIR", "LANG"].contains(name)
        }
        // The backtracer would hold a killed or crashed service for seconds.
        let fixed = ["SWIFT_BACKTRACE": "enable=no", "HOME": "/"]
        return [inherited, Workshop.sanitizerOptions, fixed, own].reduce(into: [:]) { $0.merge($1) { $1 } }
    }
}

/// Opens once, for everybody.
final class Latch: Sendable {
    private struct State {
        var isOpen = false
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var last = 0
    }

    private let state = Mutex(State())

    func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Waits until it is open; false when that takes longer than `patience`.
    func opens(within patience: Duration) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await self.wait()
                return self.state.withLock { $0.isOpen }
            }
            group.addTask {
                do { try await Task.sleep(for: patience) } catch { return true }
                return false
            }
            let result = await group.next() ?? false
            group.cancelAll()
            return result
        }
    }

    private func wait() async {
        let number = state.withLock { state in
            state.last += 1
            return state.last
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.isOpen || Task.isCancelled { return true }
                    state.waiters[number] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let continuation = state.withLock { $0.waiters.removeValue(forKey: number) }
            continuation?.resume()
        }
    }
}

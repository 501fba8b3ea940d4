// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import Glibc
internal import Synchronization

/// Ends what this process started and could not end itself: a small shell that waits on a pipe from this process and,
/// when that closes, however this process ended, kills the processes and removes the folders it was told of.
package final class Warden: Sendable {
    /// The one of this process.
    package static let shared = Warden()

    private let input: Mutex<Int32>

    private init() {
        // A program may end before it has read all of its input.
        signal(SIGPIPE, SIG_IGN)
        guard let ends = try? LineLog.pipe(), Self.spawn(reading: ends.read) else {
            input = Mutex(-1)
            return
        }
        close(ends.read)
        input = Mutex(ends.write)
    }

    /// Kills `pid` at the end, unless ``forget(process:)`` comes before.
    package func remember(process pid: Int32) { say("add \(pid)") }

    /// The process has been waited for; its number may be somebody else's now.
    package func forget(process pid: Int32) { say("drop \(pid)") }

    /// Removes the folder and all in it at the end.
    package func remember(folder: String) { say("folder \(folder)") }

    private func say(_ line: String) {
        let bytes = Array("\(line)\n".utf8)
        // Shorter than PIPE_BUF: written whole or not at all.
        input.withLock { descriptor in _ = write(descriptor, bytes, bytes.count) }
    }

    private static func spawn(reading descriptor: Int32) -> Bool {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, descriptor, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        SpawnActions.closeOthers(&actions)
        let words = ["/bin/sh", "-c", script]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var pid: pid_t = 0
        return posix_spawn(&pid, "/bin/sh", &actions, nil, &arguments, environ) == 0
    }

    private static let script = """
        trap '' INT TERM HUP
        pids=' '; folders=''
        while read -r what which; do
            case $what in
                add) pids="$pids$which " ;;
                drop) pids=$(echo "$pids" | sed "s/ $which / /") ;;
                folder) folders="$folders $which" ;;
            esac
        done
        for pid in $pids; do kill -KILL "$pid"; done
        for pid in $pids; do tail --pid="$pid" -s 0.05 -f /dev/null; done
        for folder in $folders; do rm -rf "$folder"; done
        """
}

/// What the C library offers and its Swift module leaves out.
enum SpawnActions {
    private typealias CloseFrom = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
    private typealias ChangeFolder =
        @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, UnsafePointer<CChar>) -> Int32

    /// The program gets its three standard descriptors and no other of this process, such as a connection of a client.
    static func closeOthers(_ actions: inout posix_spawn_file_actions_t) {
        guard let symbol = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") else { return }
        _ = unsafeBitCast(symbol, to: CloseFrom.self)(&actions, 3)
    }

    /// The program starts in `folder`.
    static func changeFolder(_ actions: inout posix_spawn_file_actions_t, to folder: String) {
        guard let symbol = dlsym(nil, "posix_spawn_file_actions_addchdir_np") else { return }
        _ = unsafeBitCast(symbol, to: ChangeFolder.self)(&actions, folder)
    }
}

// SPDX-License-Identifier: Apache-2.0

internal import CLinux
import Glibc

/// What others get to see of this process's memory, in which secrets stand while they are used (R83).
package enum ProcessMemory {
    /// From now on nothing: no core dump, whatever the limits and the kernel's pattern say, and neither a debugger nor
    /// `/proc/PID/mem` and `/proc/PID/environ` for anybody but root.
    ///
    /// - Returns: false when the kernel refuses; the process must not go on then.
    package static func close() -> Bool {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        return setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none) == 0 && countersign_close_process() != 0
    }

    /// The same before anything secret is read, or the end of the process.
    package static func closeOrEnd() {
        guard !close() else { return }
        StandardStream.error.write("The memory of this process cannot be closed to others; it ends.\n")
        _exit(1)
    }
}

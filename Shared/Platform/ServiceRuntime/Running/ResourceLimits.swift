// SPDX-License-Identifier: Apache-2.0

import Glibc
package import Logging

/// What the operating system grants this process.
package enum ResourceLimits {
    /// Raises the number of files and sockets this process may have open to what is allowed, and logs it.
    package static func raiseFileLimit(logger: Logger) {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return }
        let before = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        let raised = setrlimit(resource, &limit) == 0
        logger.info("open files", metadata: ["from": "\(before)", "to": "\(raised ? limit.rlim_max : before)"])
    }
}

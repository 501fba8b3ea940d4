// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// Standard output and standard error, written without a buffer and one text at a time.
package final class StandardStream: Sendable {
    /// For what a command was asked to print.
    package static let output = StandardStream(descriptor: STDOUT_FILENO)
    /// For logs and faults.
    package static let error = StandardStream(descriptor: STDERR_FILENO)

    private let descriptor: Int32
    private let turn = Mutex<Void>(())

    /// A stream of an open file, which stays open.
    package init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Writes all of `text`; what cannot be written within a second is dropped, since a log must not stop a service.
    package func write(_ text: String) {
        var text = text
        let descriptor = descriptor
        turn.withLock { _ in
            text.withUTF8 { bytes in
                var offset = 0
                while offset < bytes.count {
                    let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + offset }, bytes.count - offset)
                    if count > 0 {
                        offset += count
                    } else if errno == EAGAIN {
                        var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                        guard poll(&wait, 1, 1_000) == 1 else { return }
                    } else if errno != EINTR {
                        return
                    }
                }
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0

package import Logging
import Synchronization

/// The process's log level, which may change while it runs.
package enum LogLevel {
    private static let index = Atomic<Int>(position(of: .info))

    /// What loggers without a level of their own follow.
    package static var current: Logger.Level {
        get { Logger.Level.allCases[index.load(ordering: .relaxed)] }
        set { index.store(position(of: newValue), ordering: .relaxed) }
    }

    private static func position(of level: Logger.Level) -> Int {
        Logger.Level.allCases.firstIndex(of: level) ?? 0
    }
}

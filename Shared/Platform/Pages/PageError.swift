// SPDX-License-Identifier: Apache-2.0

/// Why pages cannot be loaded or rendered.
package struct PageError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of fault it is.
    package enum Code: String, Sendable {
        case directoryUnreadable, templateMalformed, stringsMalformed, templateUnknown, unescapedOutput
    }

    package let code: Code
    /// For operators: which file, and what is wrong with it.
    package let reason: String

    package static func == (left: Self, right: Self) -> Bool { left.code == right.code }

    package var description: String { reason }
}

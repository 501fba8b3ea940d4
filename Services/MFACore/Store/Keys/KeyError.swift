// SPDX-License-Identifier: Apache-2.0

/// Why keys cannot be used; the reason is one sentence for the operator and holds nothing secret.
package struct KeyError: Error, Sendable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// There is no master key file.
        case fileMissing
        /// Somebody else may read the file, or it belongs to somebody else.
        case fileUnsafe
        /// What stands in the file is no master key.
        case fileMalformed
        /// The file can be neither read nor written.
        case fileInaccessible
        /// A token sealed what stands in the file, and none is configured.
        case tokenMissing
        /// The token does not do what it is asked for.
        case tokenRefused
        /// The database has no installation yet.
        case notActivated
        /// The installation was made with another master key.
        case wrongMasterKey
        /// A row of keys was changed.
        case damaged
        /// A copy that runs does not have a key yet.
        case copyBehind
        /// There is no such data key.
        case unknown
        /// The data key is needed still.
        case inUse
        /// The database's schema is not this program's.
        case otherSchema
    }

    package let code: Code
    package let reason: String

    package init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    package var description: String { reason }
}

// SPDX-License-Identifier: Apache-2.0

/// The version of the suite; all services of one release have the same.
package enum CountersignVersion {
    package static let current = "0.1.0"
}

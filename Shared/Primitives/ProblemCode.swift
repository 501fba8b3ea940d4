// SPDX-License-Identifier: Apache-2.0

/// An error code that can be told to a caller over HTTP.
package protocol ProblemCode: Sendable {
    /// The stable code, such as `not_found`.
    var rawValue: String { get }
    /// The HTTP status that goes with it.
    var status: Int { get }
    /// A short sentence for people, the same for every occurrence (RFC 9457 §3.1.3).
    var title: String { get }
}

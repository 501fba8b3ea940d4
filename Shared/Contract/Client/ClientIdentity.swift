// SPDX-License-Identifier: Apache-2.0
package import NIOSSL
internal import Synchronization

/// Who a client says it is and whom it trusts; both may change between two requests.
///
/// Requests that are on their way finish on the connections they have. Where TLS changed the next one opens its own, and
/// connections made under the old terms are closed once they idle.
package final class ClientIdentity: Sendable {
    /// Makes a prepared change.
    package typealias Commit = @Sendable () -> Void

    private struct State {
        var credentials: BasicCredentials?
        /// What the HTTP client was made with.
        let original: TLSConfiguration?
        /// What holds instead.
        var replacement: TLSConfiguration?
    }

    private let state: Mutex<State>

    /// - Parameter tls: what the HTTP client itself was made with.
    package init(credentials: BasicCredentials? = nil, tls: TLSConfiguration? = nil) {
        state = Mutex(State(credentials: credentials, original: tls))
    }

    /// What the `Authorization` header carries; nil for none.
    var credentials: BasicCredentials? { state.withLock { $0.credentials } }

    /// What requests must say of TLS; nil while what the HTTP client was made with holds.
    var tls: TLSConfiguration? { state.withLock { $0.replacement } }

    /// Prepares to show other credentials; nil when they are the same.
    package func preparing(_ fresh: BasicCredentials) -> Commit? {
        if let present = credentials, present.isSame(as: fresh) { return nil }
        return { self.state.withLock { $0.credentials = fresh } }
    }

    /// Prepares to open connections by `fresh`; nil when it is the same.
    package func preparing(_ fresh: TLSConfiguration) throws -> Commit? {
        let (present, isOriginal) = state.withLock { state in
            (state.replacement ?? state.original, state.original?.bestEffortEquals(fresh) ?? false)
        }
        if let present, present.bestEffortEquals(fresh) { return nil }
        // What cannot be used must not be found out by the next request.
        _ = try NIOSSLContext(configuration: fresh)
        return { self.state.withLock { $0.replacement = isOriginal ? nil : fresh } }
    }
}

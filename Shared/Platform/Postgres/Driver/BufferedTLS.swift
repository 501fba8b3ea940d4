// SPDX-License-Identifier: Apache-2.0

internal import CLibPQ
internal import Foundation
internal import Glibc

/// Asks OpenSSL whether it holds bytes that epoll cannot see.
///
/// libpq 15 reads a TLS record in pieces of at least 8 KiB. A longer record, which a server may send, is then left
/// half inside OpenSSL with nothing on the socket to announce it, and an answer would wait for the next one. libpq
/// lends its TLS session (`PQsslStruct`) but not this question; the library it is bound to is already loaded.
struct BufferedTLS {
    private typealias Pending = @convention(c) (UnsafeMutableRawPointer) -> Int32

    private let session: UnsafeMutableRawPointer
    private let pending: Pending

    /// Nil for a connection without TLS.
    init?(_ connection: OpaquePointer) {
        guard PQsslInUse(connection) == 1, let session = PQsslStruct(connection, "OpenSSL"),
            let symbol = dlsym(nil, "SSL_pending")
        else { return nil }
        self.session = session
        self.pending = unsafeBitCast(symbol, to: Pending.self)
    }

    var hasBytes: Bool { pending(session) > 0 }
}

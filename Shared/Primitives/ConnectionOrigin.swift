// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// What a listener behind proxies knows of a connection's other end; a request finds it in ``current``.
///
/// It stands here because listener and requests live in modules that do not know each other.
package final class ConnectionOrigin: Sendable {
    /// The origin of the connection that this task serves; nil where there are no proxies.
    @TaskLocal package static var current: ConnectionOrigin?

    /// Whom the listener believes.
    package let proxies: TrustedProxies
    private let address = Mutex<IPAddress?>(nil)

    package init(_ proxies: TrustedProxies) {
        self.proxies = proxies
    }

    /// The address that a trusted proxy announced before the first byte of TLS; nil is the socket's.
    package var announced: IPAddress? { address.withLock { $0 } }

    /// Takes note of what the proxy announced.
    package func announce(_ address: IPAddress) {
        self.address.withLock { $0 = address }
    }
}

/// The proxies in front of a listener, and how they say whom they speak for.
package struct TrustedProxies: Sendable, Equatable {
    /// The header that the proxies write. The other one is never read: a proxy that writes one of them usually lets
    /// pass what a client wrote into the other.
    package enum Header: String, CaseIterable, Sendable {
        case xForwardedFor = "x-forwarded-for"
        /// RFC 7239.
        case forwarded
    }

    /// Where they call from.
    package let networks: [IPNetwork]
    package let header: Header

    package init(networks: [IPNetwork] = [], header: Header = .xForwardedFor) {
        self.networks = networks
        self.header = header
    }

    /// Whether `address` is one of them.
    package func contain(_ address: IPAddress) -> Bool {
        networks.contains { $0.contains(address) }
    }
}

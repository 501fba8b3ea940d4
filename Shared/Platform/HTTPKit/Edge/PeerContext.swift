// SPDX-License-Identifier: Apache-2.0
internal import HTTPTypes
package import Hummingbird
internal import Logging
internal import NIOCore
internal import Primitives

/// What is known of a request's other side before anything of the request was read.
package struct PeerStorage: Sendable {
    /// The id under which the request is logged; taken from the caller or made here.
    package var requestID = ""
    /// Who calls, as an address without a port; see ``PeerContext/peerAddress``.
    private(set) var caller: String
    private let origin: ConnectionOrigin?
    /// The request target as it was sent, before a path prefix was taken off.
    package var originalTarget: String?

    /// Takes the address from the connection.
    package init(source: ApplicationRequestContextSource) {
        origin = ConnectionOrigin.current
        caller = origin?.announced?.description ?? Self.text(of: source.channel.remoteAddress)
    }

    /// Takes the address from a header, where the other end is a trusted proxy.
    mutating func learnCaller(from headers: HTTPFields) {
        guard let origin, let peer = IPAddress(parsing: caller) else { return }
        caller = ForwardedAddress.caller(behind: peer, origin.proxies, in: headers).description
    }

    /// IPv4 that arrives on an IPv6 socket is shown as IPv4.
    private static func text(of address: SocketAddress?) -> String {
        guard let text = address?.ipAddress else { return "" }
        guard text.hasPrefix("::ffff:"), text.contains(".") else { return text }
        return String(text.dropFirst(7))
    }
}

/// A request context that every part of this module can work with.
package protocol PeerContext: RequestContext {
    /// The request's other side.
    var peer: PeerStorage { get set }
}

extension PeerContext {
    /// The id under which this request is logged, echoed in `X-Request-Id`.
    package var requestID: String { peer.requestID }

    /// The same as ``requestID``.
    package var id: String { peer.requestID }

    /// Who calls: the one answer to it, by which accounts are bound to networks, failures are counted and the audit
    /// is written. An IP address without a port; empty where the transport has none.
    ///
    /// It is the other end of the connection, or, where that is a trusted proxy, whom the proxy speaks for.
    package var peerAddress: String { peer.caller }
}

/// The context of services that need nothing more.
package struct ServiceRequestContext: PeerContext {
    package var coreContext: CoreRequestContextStorage
    package var peer: PeerStorage

    package init(source: ApplicationRequestContextSource) {
        self.coreContext = CoreRequestContextStorage(source: source)
        self.peer = PeerStorage(source: source)
    }
}

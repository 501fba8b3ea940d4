// SPDX-License-Identifier: Apache-2.0
package import Hummingbird
internal import Logging
package import NIOCore

/// What is known of a request's other side before anything of the request was read.
package struct PeerStorage: Sendable {
    /// The id under which the request is logged; taken from the caller or made here.
    package var requestID = ""
    /// The other end of the connection.
    package let address: SocketAddress?
    /// The request target as it was sent, before a path prefix was taken off.
    package var originalTarget: String?

    /// Takes the address from the connection.
    package init(source: ApplicationRequestContextSource) {
        self.address = source.channel.remoteAddress
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

    /// The IP address of the other end, without a port; empty where the transport has none.
    ///
    /// IPv4 that arrives on an IPv6 socket is shown as IPv4.
    package var peerAddress: String {
        guard let text = peer.address?.ipAddress else { return "" }
        guard text.hasPrefix("::ffff:"), text.contains(".") else { return text }
        return String(text.dropFirst(7))
    }
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

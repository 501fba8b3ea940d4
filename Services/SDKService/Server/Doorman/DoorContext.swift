// SPDX-License-Identifier: Apache-2.0
package import HTTPKit
package import Hummingbird
import NIOCore

/// The request context of the door: it also knows when the caller hangs up.
package struct DoorContext: PeerContext {
    package var coreContext: CoreRequestContextStorage
    package var peer: PeerStorage
    /// Ends with the caller's connection.
    let closed: EventLoopFuture<Void>

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        peer = PeerStorage(source: source)
        closed = source.channel.closeFuture
    }

    /// Runs `action` once the caller's connection is closed, by whichever side.
    func whenClosed(_ action: @escaping @Sendable () -> Void) {
        closed.whenComplete { _ in action() }
    }
}

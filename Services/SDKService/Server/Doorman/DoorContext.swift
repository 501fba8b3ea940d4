// SPDX-License-Identifier: Apache-2.0
package import HTTPKit
package import Hummingbird
import ServiceRuntime

/// The request context of the door: it also knows when the caller hangs up.
package struct DoorContext: PeerContext {
    package var coreContext: CoreRequestContextStorage
    package var peer: PeerStorage
    /// Ends with the caller's connection.
    let end: ConnectionEnd

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        peer = PeerStorage(source: source)
        end = PeerIdentity.current?.end ?? ConnectionEnd()
    }
}

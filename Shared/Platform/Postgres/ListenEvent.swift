// SPDX-License-Identifier: Apache-2.0

/// What a listener hears on a channel.
package enum ListenEvent: Sendable, Hashable {
    /// A notification.
    case payload(String)
    /// Listening has begun, or begun anew after a lost connection, or this listener was too slow: what the
    /// notifications are about must be read now. Every listener's first event is this one.
    case reconnected
}

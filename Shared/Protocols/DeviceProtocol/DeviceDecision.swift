// SPDX-License-Identifier: Apache-2.0

/// What a person answers to a challenge, in the words of the signed message.
package enum DeviceDecision: String, CaseIterable, Sendable {
    /// It is me; carries the number unless the challenge asks for none.
    case approve
    /// Not now, or not me.
    case deny
    /// Somebody else is signing in with my name.
    case fraud
}

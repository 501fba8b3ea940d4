// SPDX-License-Identifier: Apache-2.0
import Primitives

extension PersonCase {
    /// Stops what somebody may be doing who knows this person's password: the person says that a prompt was not theirs
    /// (R27). No prompt goes to their phones until an administrator unblocks them.
    ///
    /// - Parameter blocks: whether nobody is let in as them at all, by whatever factor, until then or for as long as a
    ///   block lasts.
    mutating func reportFraud(blocks: Bool) {
        guard var user else { return }
        user.promptsBlockedAt = now
        user.remembered = []
        self.user = user
        record(.updateUser(user))
        record(.endTickets(user.id))
        withdrawBypass(reason: User.Block.fraudReported)
        // One that stands already may last longer than ours.
        if blocks, !user.isBlocked(at: now) { block(reason: User.Block.fraudReported, for: User.Block.duration) }
    }
}

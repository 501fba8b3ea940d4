// SPDX-License-Identifier: Apache-2.0
import Primitives

extension PersonCase {
    /// Blocks the person from now on: their portal sessions, a bypass and what is remembered end, and the audit keeps why, until when, and
    /// what stood there before (R87).
    ///
    /// - Parameter duration: after which the block ends by itself; nil: only an unblock ends it.
    mutating func block(reason: String, for duration: Duration?) {
        guard var user else { return }
        let before = user
        let until = duration.map { now + $0 }
        user.block = User.Block(at: now, until: until, reason: reason)
        user.bypass = nil
        user.remembered = []
        self.user = user
        record(.updateUser(user))
        record(.endTickets(user.id))
        record(
            .act(
                "user.blocked", on: user.id,
                detail: ["reason": reason, "until": until?.description ?? User.Block.endless],
                changes: AuditChange.between(before.auditFacts, user.auditFacts)))
    }
}

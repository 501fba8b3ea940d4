// SPDX-License-Identifier: Apache-2.0
import Primitives

extension PersonCase {
    /// Blocks the person from now on: their portal sessions and a bypass end, and the audit keeps why, until when, and
    /// what stood there before (R87).
    ///
    /// - Parameter duration: after which the block ends by itself; nil: only an unblock ends it.
    mutating func block(reason: String, for duration: Duration?) {
        guard var user else { return }
        var detail = ["reason": reason]
        if let earlier = user.block {
            detail["before"] = earlier.reason
            detail["before_until"] = earlier.until?.description ?? User.Block.endless
        }
        let until = duration.map { now + $0 }
        detail["until"] = until?.description ?? User.Block.endless
        user.block = User.Block(at: now, until: until, reason: reason)
        user.bypass = nil
        self.user = user
        record(.updateUser(user))
        record(.endTickets(user.id))
        record(.act("user.blocked", on: user.id, detail: detail))
    }
}

// SPDX-License-Identifier: Apache-2.0
import Primitives

extension PersonCase {
    /// What the policy says to this person signing in to `application` now.
    ///
    /// - Parameters:
    ///   - clientAddress: as the caller said it; what is no address is none.
    ///   - requested: what the caller asks for, of a sign-in that begins.
    ///   - isBeginning: whether a bypass that waits and what is remembered may let them in. Neither opens the portal, where
    ///     factors can be changed, or anything that has begun already.
    package func judge(
        application: String, clientAddress: String, requested: RequestedFactor? = nil, isBeginning: Bool = false
    ) -> PolicyDecision {
        let owned = factors.filter { $0.state == .active || $0.state == .disabled }
        let kinds = owned.filter { !$0.isUsedUp }.map(\.kind)
        return policy.decide(
            PolicyQuestion(
                user: user, kinds: Set(kinds), application: application, address: IPAddress(parsing: clientAddress),
                time: now, ownsFactor: !owned.isEmpty, hasBypass: isBeginning && hasBypass, requested: requested,
                remembered: isBeginning ? rememberedApprovals : []))
    }

    /// The same of a sign-in that is under way (R20).
    func judge(_ signIn: SignIn) -> PolicyDecision {
        judge(application: signIn.application, clientAddress: signIn.clientAddress)
    }
}

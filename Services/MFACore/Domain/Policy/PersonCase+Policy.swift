// SPDX-License-Identifier: Apache-2.0
import Primitives

extension PersonCase {
    /// What the policy says to this person signing in to `application` now.
    ///
    /// - Parameters:
    ///   - clientAddress: as the caller said it; what is no address is none.
    ///   - takesBypass: whether a bypass that waits may let them in. It opens no portal, where factors can be changed, and
    ///     nothing that has begun already.
    package func judge(
        application: String, clientAddress: String, takesBypass: Bool = false
    ) -> PolicyDecision {
        let kinds = factors.filter { ($0.state == .active || $0.state == .disabled) && !$0.isUsedUp }.map(\.kind)
        return policy.decide(
            PolicyQuestion(
                user: user, kinds: Set(kinds), application: application, address: IPAddress(parsing: clientAddress),
                time: now, hasBypass: takesBypass && hasBypass))
    }

    /// The same of a sign-in that is under way (R20).
    func judge(_ signIn: SignIn) -> PolicyDecision {
        judge(application: signIn.application, clientAddress: signIn.clientAddress)
    }
}

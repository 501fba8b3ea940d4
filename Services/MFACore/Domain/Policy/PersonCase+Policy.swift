// SPDX-License-Identifier: Apache-2.0
import Primitives

extension PersonCase {
    /// What the policy says to this person signing in to `application` now.
    ///
    /// - Parameter clientAddress: as the caller said it; what is no address is none.
    package func judge(application: String, clientAddress: String) -> PolicyDecision {
        let kinds = factors.filter { $0.state == .active || $0.state == .disabled }.map(\.kind)
        return policy.decide(
            PolicyQuestion(
                user: user, kinds: Set(kinds), application: application, address: IPAddress(parsing: clientAddress),
                time: now))
    }

    /// The same of a sign-in that is under way (R20).
    func judge(_ signIn: SignIn) -> PolicyDecision {
        judge(application: signIn.application, clientAddress: signIn.clientAddress)
    }
}

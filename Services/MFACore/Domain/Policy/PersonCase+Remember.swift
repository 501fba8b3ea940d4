// SPDX-License-Identifier: Apache-2.0
import Primitives

/// What is remembered of a person's sign-ins, kept in their row and changed under its lock.
///
/// | what happens | what becomes of it |
/// |---|---|
/// | a factor proves a sign-in that begins outside of the portal, where the terms remember | it is remembered |
/// | the person is blocked, disabled, denies a prompt or reports fraud, or the password changes | all is forgotten |
/// | a factor is removed | what it proved is forgotten |
/// | a factor is disabled, or delayed by wrong answers | what it proved counts for nothing as long as that lasts |
/// | the terms change | they are those of the moment of use |
extension PersonCase {
    /// What may let the person in again now.
    var rememberedApprovals: [RememberedApproval] {
        guard let user, !user.remembered.isEmpty else { return [] }
        let usable = Set(factors.filter { $0.state == .active && !$0.budget.isDelayed(at: now) }.map(\.id))
        return user.remembered.filter { usable.contains($0.factorID) }
    }

    /// Remembers who proved `signIn`, where `terms` remember anything; the portal asks always, and is no reason not to
    /// ask elsewhere. A recovery code is good once (R79), and for nothing afterwards.
    mutating func remember(_ signIn: SignIn, under terms: PolicyTerms) {
        guard let remember = terms.remember, !remember.isOff, !signIn.isPortal, signIn.state == .approved,
            let factorID = signIn.factorID, let kind = signIn.factorKind, kind != .recovery, var user
        else { return }
        let approval = RememberedApproval(
            factorID: factorID, kind: kind, application: signIn.application,
            address: IPAddress(parsing: signIn.clientAddress), at: now)
        let others = user.remembered.filter {
            !$0.isRepeated(by: approval) && $0.isWithin(RememberedApproval.secondsMax, at: now)
        }
        user.remembered = [approval] + others.prefix(RememberedApproval.countMax - 1)
        self.user = user
        record(.updateUser(user))
    }

    /// Forgets all that is remembered.
    mutating func forgetApprovals() { forgetApprovals(where: { _ in true }) }

    /// Forgets what a factor proved.
    mutating func forgetApprovals(by factor: FactorID) { forgetApprovals(where: { $0.factorID == factor }) }

    private mutating func forgetApprovals(where isForgotten: (RememberedApproval) -> Bool) {
        guard var user, user.remembered.contains(where: isForgotten) else { return }
        user.remembered.removeAll(where: isForgotten)
        self.user = user
        record(.updateUser(user))
    }
}

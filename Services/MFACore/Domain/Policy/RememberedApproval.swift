// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// A sign-in that its person proved, remembered for the next ones; it stands in the person's row, which every copy reads.
package struct RememberedApproval: Sendable, Equatable {
    /// What proved it: when that is gone or may not be tried, the approval counts for nothing.
    package let factorID: FactorID
    package let kind: FactorKind
    package let application: String
    /// Nil where the caller named none.
    package let address: IPAddress?
    package let at: Instant

    package init(factorID: FactorID, kind: FactorKind, application: String, address: IPAddress?, at: Instant) {
        self.factorID = factorID
        self.kind = kind
        self.application = application
        self.address = address
        self.at = at
    }

    /// Approvals that are kept of one person, the latest ones.
    package static let countMax = 20
    /// None is remembered for longer, whatever a policy says: whoever signs in daily is asked daily.
    package static let secondsMax = 86_400

    /// Whether it is younger than `seconds`; one that lies ahead of `time` is no approval of before.
    func isWithin(_ seconds: Int, at time: Instant) -> Bool { at <= time && time < at + .seconds(seconds) }

    /// Whether `other` says the same of another time.
    func isRepeated(by other: RememberedApproval) -> Bool {
        (kind, application, address) == (other.kind, other.application, other.address)
    }
}

/// For how many seconds an approval lets its person in again; where it is nil or 0, it does not.
package struct RememberTerms: Sendable, Equatable, Codable {
    /// Wherever to, wherever from and whatever would be asked.
    package var user: Int?
    /// To the same application, where the kind that was proved is one that would be asked.
    package var application: Int?
    /// The same, from the same address.
    package var address: Int?

    package init(user: Int? = nil, application: Int? = nil, address: Int? = nil) {
        self.user = user
        self.application = application
        self.address = address
    }

    /// Whether nothing is remembered at all.
    package var isOff: Bool { max(user ?? 0, application ?? 0, address ?? 0) <= 0 }

    /// What lets somebody in again: of what fits, that of the narrowest reach, and of one reach the latest.
    ///
    /// - Parameter kinds: those that are allowed here and that the person has; no other kind counts.
    func fitting(
        _ question: PolicyQuestion, among kinds: [FactorKind]
    ) -> (waiver: PolicyDecision.Waiver, approval: RememberedApproval)? {
        let approvals = question.remembered.filter { kinds.contains($0.kind) }.sorted { $1.at < $0.at }
        func latest(_ seconds: Int?, where fits: (RememberedApproval) -> Bool) -> RememberedApproval? {
            guard let seconds else { return nil }
            return approvals.first { $0.isWithin(seconds, at: question.time) && fits($0) }
        }
        func isHere(_ approval: RememberedApproval) -> Bool {
            approval.application == question.application && question.mayTake(approval.kind)
        }
        if let from = question.address,
            let found = latest(address, where: { isHere($0) && $0.address == from })
        {
            return (.rememberedAddress, found)
        }
        if let found = latest(application, where: isHere) { return (.rememberedApplication, found) }
        guard let found = latest(user, where: { _ in true }) else { return nil }
        return (.rememberedUser, found)
    }
}

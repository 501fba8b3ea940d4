// SPDX-License-Identifier: Apache-2.0

/// Issues and withdraws bypasses for administrators.
package struct BypassService: Sendable {
    private let store: any PersonStore
    private let rules: BypassRules
    private let domains: IdentityDomains

    package init(store: any PersonStore, rules: BypassRules, domains: IdentityDomains) {
        self.store = store
        self.rules = rules
        self.domains = domains
    }

    /// Lets the person in once without a factor within `duration`.
    ///
    /// - Throws: ``Refusal`` `forbidden` when the caller has issued as many as one may on this day.
    package func issue(
        for reference: String, reason: String, lasting duration: Duration, caller: Caller,
        keeping: AnswerKeeping<Bypass>
    ) async throws(Refusal) -> KeptAnswer<Bypass> {
        let reference = try Self.person(reference, caller, domains)
        let rules = rules
        let answer = try await store.decide(
            reference.subject, reading: PersonReading(bypassesBy: caller.account), caller: caller,
            keeping: Self.keepingBypasses(keeping)
        ) { personCase throws(Refusal) in
            try rules.issue(reason: reason, for: duration, by: caller.account, in: &personCase)
        }
        switch answer {
        case .fresh(.issued(let bypass)): return .fresh(bypass)
        case .fresh(.refused(let refusal)): throw refusal
        case .stored(let status, let body): return .stored(status: status, body: body)
        }
    }

    /// Takes back what nobody used yet.
    package func withdraw(of reference: String, caller: Caller) async throws(Refusal) {
        let reference = try Self.person(reference, caller, domains)
        let rules = rules
        try await store.decide(reference.subject, reading: PersonReading(), caller: caller.withoutIdempotency) {
            personCase throws(Refusal) in
            try rules.withdraw(in: &personCase)
        }
    }

    /// Nobody issues a bypass for themselves: it takes an administrator, and no ticket.
    private static func person(
        _ reference: String, _ caller: Caller, _ domains: IdentityDomains
    ) throws(Refusal) -> PersonReference {
        guard caller.ticketHash == nil else { throw Refusal(.forbidden, reason: "a bypass by a ticket") }
        return try PersonReference(reference, caller: caller, domains: domains)
    }

    /// A refusal is not kept: whoever asks again on another day is judged again.
    private static func keepingBypasses(_ keeping: AnswerKeeping<Bypass>) -> AnswerKeeping<BypassOutcome> {
        AnswerKeeping(status: keeping.status, isOneTime: keeping.isOneTime) { outcome in
            guard case .issued(let bypass) = outcome else { return nil }
            return try keeping.encode(bypass)
        }
    }
}

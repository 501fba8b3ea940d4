// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// Hashes passwords slowly, on threads of its own.
package protocol PasswordHashing: Sendable {
    /// A verifier for a new password.
    ///
    /// - Throws: ``Refusal`` `unavailable` when too many hashes wait already.
    func verifier(for password: SecretBytes) async throws(Refusal) -> PasswordVerifier
    /// The hash of `password` with the salt and cost of `verifier`, or of a dummy that costs the same.
    func hash(_ password: SecretBytes, like verifier: PasswordVerifier?) async throws(Refusal) -> [UInt8]
}

/// A port for reading people without locking them.
package protocol UserDirectory: Sendable {
    /// A page of users in order of name.
    func list(search: String?, after name: String?, limit: Int) async throws(Refusal) -> [User]
    func find(_ name: CanonicalName) async throws(Refusal) -> User?
    func find(_ id: UserID) async throws(Refusal) -> User?
    /// Salt and cost of the recovery codes of the person of a name or a sign-in; nil where there are none.
    func recoverySalt(of subject: PersonSubject) async throws(Refusal) -> PasswordVerifier?
    /// Whether this address has guessed too many passwords lately.
    func isPasswordAddressBlocked(_ address: String) async throws(Refusal) -> Bool
    /// Counts a wrong password from an address.
    func recordWrongPassword(from address: String) async throws(Refusal)
    /// The present states of sign-ins; unknown ids are left out.
    func states(of ids: [SignInID]) async throws(Refusal) -> [(SignInID, SignInState)]
}

/// A person's way into the portal: password, factor, ticket.
package struct PortalService: Sendable {
    private let store: any PersonStore
    private let users: any UserDirectory
    private let passwords: any PasswordHashing
    private let rules: PortalRules
    private let domains: IdentityDomains

    package init(
        store: any PersonStore, users: any UserDirectory, passwords: any PasswordHashing, rules: PortalRules,
        domains: IdentityDomains
    ) {
        self.store = store
        self.users = users
        self.passwords = passwords
        self.rules = rules
        self.domains = domains
    }

    /// The longest password that is hashed.
    package static let passwordBytesMax = 256

    /// Begins with the password. Unknown people, people without one and wrong passwords cost the same hash (R19).
    package func start(
        _ request: SignInRequest, password: SecretBytes, caller: Caller
    ) async throws(Refusal) -> SignInView {
        let name = CanonicalName(request.userGiven, domains: domains)
        let address = request.clientAddress
        let isBlocked = address.isEmpty ? false : try await users.isPasswordAddressBlocked(address)
        let known = try await verifier(of: name)
        let hash = try await passwords.hash(password, like: known)
        let id: SignInID = rules.signIns.random.identifier()
        let rules = rules
        // A password changed while it was being hashed is another one: the verifier is compared under the lock.
        let start = try await store.decide(
            name.map { .name($0) } ?? .impossibleName, reading: PersonReading(), caller: caller
        ) { personCase throws(Refusal) in
            try rules.start(
                request, id: id, caller: caller,
                matches: { verifier in
                    guard !isBlocked, verifier == known else { return nil }
                    return ConstantTime.equal(verifier.hash, hash)
                }, in: &personCase)
        }
        if start.isGuess, !address.isEmpty { try await users.recordWrongPassword(from: address) }
        return SignInView(signIn: start.signIn, offered: start.signIn.state == .pending ? start.offered : [])
    }

    private func verifier(of name: CanonicalName?) async throws(Refusal) -> PasswordVerifier? {
        guard let name else { return nil }
        return try await users.find(name)?.password.verifier
    }

    /// Takes the person's choice of factor.
    package func choose(
        _ factor: RequestedFactor, for id: SignInID, caller: Caller, keeping: AnswerKeeping<SignInView>
    ) async throws(Refusal) -> KeptAnswer<SignInView> {
        let rules = rules
        return try await store.decide(
            .signIn(id), reading: PersonReading(signIn: id), caller: caller, keeping: keeping
        ) { personCase throws(Refusal) in
            SignInView(signIn: try rules.choose(factor, account: caller.account, in: &personCase))
        }
    }

    /// Ends the presented ticket.
    package func endTicket(caller: Caller) async throws(Refusal) {
        guard let hash = caller.ticketHash else { throw Refusal(.unauthenticated, reason: "no ticket") }
        try await store.decide(.ticket(hash: hash), reading: PersonReading(), caller: caller.withoutIdempotency) {
            personCase throws(Refusal) in
            let ticket = try PortalRules.admit(account: caller.account, stepUp: false, in: &personCase)
            personCase.record(.endTicket(ticket.hash))
            personCase.record(.act("ticket.ended", on: ticket.userID))
        }
    }
}

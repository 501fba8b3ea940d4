// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// Administers people.
package struct UserService: Sendable {
    private let store: any PersonStore
    private let users: any UserDirectory
    private let passwords: any PasswordHashing
    private let rules: UserRules
    private let domains: IdentityDomains
    private let random: any RandomSource

    package init(
        store: any PersonStore, users: any UserDirectory, passwords: any PasswordHashing, rules: UserRules,
        domains: IdentityDomains, random: any RandomSource
    ) {
        self.store = store
        self.users = users
        self.passwords = passwords
        self.rules = rules
        self.domains = domains
        self.random = random
    }

    /// Makes a person, who begins with the defaults where the profile says nothing; `conflict` when somebody has the name
    /// in any spelling.
    package func create(
        _ profile: UserProfile, caller: Caller, keeping: AnswerKeeping<User>
    ) async throws(Refusal) -> KeptAnswer<User> {
        let canonical = try Self.canonical(profile.username, domains)
        let id: UserID = random.identifier()
        let rules = rules
        let reading = PersonReading(newPersonDefaults: true)
        return try await store.decide(.nobody, reading: reading, caller: caller, keeping: keeping) {
            personCase throws(Refusal) in
            guard let defaults = personCase.newPersonDefaults else {
                throw Refusal(.unavailable, reason: "a new person without the defaults")
            }
            let user = User(
                id: id, username: profile.username, canonicalName: canonical.text, displayName: profile.displayName,
                email: profile.email, phones: profile.phones, language: profile.language ?? defaults.language,
                preferredFactor: profile.preferredFactor ?? defaults.preferredFactor,
                groups: profile.groups ?? defaults.groups, isEnabled: profile.isEnabled ?? defaults.isEnabled,
                createdAt: personCase.now)
            return rules.create(user, in: &personCase)
        }
    }

    /// Up to `limit` people whose canonical name comes after `name`, and whose names or mail contain `search`.
    package func list(search: String?, after name: String?, limit: Int) async throws(Refusal) -> [User] {
        let folded = search.flatMap { CanonicalName.folded($0) }
        if search != nil && folded == nil { return [] }
        return try await users.list(search: folded, after: name, limit: limit)
    }

    /// The person, or `notFound`.
    package func read(_ reference: String, caller: Caller) async throws(Refusal) -> User {
        try await decide(
            reference, caller, Self.seen { personCase throws(Refusal) in try personCase.knownUser() })
    }

    /// Changes what `change` changes; a new user name must be free.
    package func update(
        _ reference: String, caller: Caller, _ change: @escaping @Sendable (inout User) throws(Refusal) -> Void
    ) async throws(Refusal) -> User {
        let (rules, domains) = (rules, domains)
        return try await decide(
            reference, caller,
            Self.seen { personCase throws(Refusal) in
                try rules.update(in: &personCase) { user throws(Refusal) in
                    let before = user.username
                    try change(&user)
                    if user.username != before {
                        user.canonicalName = try Self.canonical(user.username, domains).text
                    }
                }
            })
    }

    /// Removes the person with factors, activations and tickets.
    package func delete(_ reference: String, caller: Caller) async throws(Refusal) {
        let rules = rules
        try await decide(reference, caller) { personCase throws(Refusal) in try rules.delete(in: &personCase) }
    }

    /// Sets the local password, or removes it with nil.
    package func setPassword(
        _ password: SecretBytes?, of reference: String, caller: Caller
    ) async throws(Refusal) -> User {
        var verifier: PasswordVerifier?
        if let password { verifier = try await passwords.verifier(for: password) }
        let (rules, made) = (rules, verifier)
        return try await decide(
            reference, caller,
            Self.seen { personCase throws(Refusal) in try rules.setPassword(made, in: &personCase) })
    }

    /// Refuses all sign-ins of the person from now on, for `duration` or, with nil, until they are unblocked.
    package func block(
        _ reference: String, reason: String, for duration: Duration?, caller: Caller, keeping: AnswerKeeping<User>
    ) async throws(Refusal) -> KeptAnswer<User> {
        let rules = rules
        return try await decide(reference, caller, keeping: keeping) { personCase throws(Refusal) in
            try rules.block(reason: reason, for: duration, in: &personCase)
        }
    }

    /// Ends a block and a stop of prompts; `reason` says why, for the audit.
    package func unblock(
        _ reference: String, reason: String? = nil, caller: Caller, keeping: AnswerKeeping<User>
    ) async throws(Refusal) -> KeptAnswer<User> {
        let rules = rules
        return try await decide(reference, caller, keeping: keeping) { personCase throws(Refusal) in
            try rules.unblock(reason: reason, in: &personCase)
        }
    }

    /// Resets the failure budgets of the person.
    package func unlock(
        _ reference: String, caller: Caller, keeping: AnswerKeeping<User>
    ) async throws(Refusal) -> KeptAnswer<User> {
        let rules = rules
        return try await decide(
            reference, caller, keeping: keeping,
            Self.seen { personCase throws(Refusal) in try rules.unlock(in: &personCase) })
    }

    private func decide<Answer: Sendable>(
        _ reference: String, _ caller: Caller, _ rule: @escaping PersonRule<Answer>
    ) async throws(Refusal) -> Answer {
        let reference = try PersonReference(reference, caller: caller, domains: domains)
        return try await store.decide(
            reference.subject, reading: PersonReading(), caller: caller.withoutIdempotency,
            rule: Self.admitting(caller, rule))
    }

    private func decide<Answer: Sendable>(
        _ reference: String, _ caller: Caller, keeping: AnswerKeeping<Answer>, _ rule: @escaping PersonRule<Answer>
    ) async throws(Refusal) -> KeptAnswer<Answer> {
        let reference = try PersonReference(reference, caller: caller, domains: domains)
        return try await store.decide(
            reference.subject, reading: PersonReading(), caller: caller, keeping: keeping,
            rule: Self.admitting(caller, rule))
    }

    /// The rule, whose person is told as they are at its time.
    private static func seen(_ rule: @escaping PersonRule<User>) -> PersonRule<User> {
        { personCase throws(Refusal) in try rule(&personCase).seen(at: personCase.now) }
    }

    /// The rule, behind the ticket where one was presented.
    private static func admitting<Answer: Sendable>(
        _ caller: Caller, _ rule: @escaping PersonRule<Answer>
    ) -> PersonRule<Answer> {
        { personCase throws(Refusal) in
            if caller.ticketHash != nil {
                _ = try PortalRules.admit(account: caller.account, stepUp: false, in: &personCase)
            }
            return try rule(&personCase)
        }
    }

    private static func canonical(_ name: String, _ domains: IdentityDomains) throws(Refusal) -> CanonicalName {
        guard let canonical = CanonicalName(name, domains: domains), UserID(canonical.text) == nil,
            canonical.text != "me"
        else {
            throw Refusal(
                .malformed,
                detail:
                    "username: use 1 to \(CanonicalName.charactersMax) characters, no control characters, not an id.",
                reason: "a user name that cannot be")
        }
        return canonical
    }
}

/// What is said of a person when one is made; of what is nil, what new people begin with holds.
package struct UserProfile: Sendable {
    package var username: String
    package var displayName: String?
    package var email: String?
    package var phones: [User.Phone]
    /// `.some(nil)`: none, whatever new people begin with.
    package var language: String??
    package var preferredFactor: RequestedFactor?
    package var groups: [String]?
    package var isEnabled: Bool?

    package init(
        username: String, displayName: String? = nil, email: String? = nil, phones: [User.Phone] = [],
        language: String?? = nil, preferredFactor: RequestedFactor? = nil, groups: [String]? = nil,
        isEnabled: Bool? = nil
    ) {
        self.username = username
        self.displayName = displayName
        self.email = email
        self.phones = phones
        self.language = language
        self.preferredFactor = preferredFactor
        self.groups = groups
        self.isEnabled = isEnabled
    }
}

// SPDX-License-Identifier: Apache-2.0
import MFAAPI
import MFADomain
import Primitives

/// What the commands of `user` do.
package enum UserAdministration {
    /// People in one list at most.
    private static let listMax = 1000

    /// What `user add` and `user set` say of a person; nil leaves a value as it is, an empty text clears it.
    package struct Fields: Sendable {
        package var displayName: String?
        package var email: String?
        package var language: String?
        package var preferredFactor: String?
        /// Groups to join and to leave.
        package var joined: [String]
        package var left: [String]
        package var isEnabled: Bool?
        /// `KIND:NUMBER` each.
        package var phones: [String]

        package init(
            displayName: String?, email: String?, language: String?, preferredFactor: String?,
            joined: [String] = [], left: [String] = [], isEnabled: Bool?, phones: [String]
        ) {
            self.displayName = displayName
            self.email = email
            self.language = language
            self.preferredFactor = preferredFactor
            self.joined = joined
            self.left = left
            self.isEnabled = isEnabled
            self.phones = phones
        }
    }

    package static func add(
        _ name: String, _ fields: Fields, _ options: CommandOptions
    ) async throws -> CommandReport {
        let profile = UserProfile(
            username: try UserFields.username(name),
            displayName: try UserFields.text(fields.displayName, "displayName", max: 128),
            email: try UserFields.email(fields.email), phones: try UserFields.phones(try numbers(fields.phones)),
            language: try fields.language.map { try UserFields.language($0) },
            preferredFactor: try UserFields.preferredFactor(fields.preferredFactor),
            groups: try fields.joined.isEmpty ? nil : UserFields.groups(fields.joined), isEnabled: fields.isEnabled)
        return try await CommandPeople.run(options) { core, caller in
            let user = try CommandPeople.fresh(
                try await core.users.create(profile, caller: caller, keeping: CommandPeople.unkept()))
            return try report(user)
        }
    }

    package static func list(
        search: String?, after: String?, limit: Int, _ options: CommandOptions
    ) async throws -> CommandReport {
        guard (1...listMax).contains(limit) else { throw CommandFault.usage("--limit: expected 1 to \(listMax).") }
        return try await CommandPeople.run(options) { core, _ in
            let users = try await core.users.list(search: search, after: after ?? "", limit: limit + 1)
            let shown = users.prefix(limit)
            let next = users.count > limit ? shown.last?.canonicalName : nil
            var table = TextTable(["USER NAME", "DISPLAY NAME", "E-MAIL", "STATE", "CREATED AT"])
            for user in shown {
                table.add([user.username, user.displayName, user.email, state(user), user.createdAt.description])
            }
            let more = next.map { "More: --after '\(TerminalText.clean($0))'\n" } ?? ""
            return try CommandReport(
                table.text(empty: "There is no such user.") + more,
                document: ReportedItems(shown.map { UserResponse($0) }, next: next))
        }
    }

    package static func show(_ name: String, _ options: CommandOptions) async throws -> CommandReport {
        try await CommandPeople.run(options) { core, caller in
            try report(try await core.users.read(name, caller: caller))
        }
    }

    /// - Parameter password: a new local password; empty removes it.
    package static func set(
        _ name: String, _ fields: Fields, password: String?, _ options: CommandOptions
    ) async throws -> CommandReport {
        let change = try UserChange(
            UpdateUserRequest(
                displayName: update(fields.displayName), email: update(fields.email),
                phones: fields.phones.isEmpty ? nil : try numbers(fields.phones), language: update(fields.language),
                preferredFactor: update(fields.preferredFactor), enabled: fields.isEnabled))
        if let password, !password.isEmpty, !(8...PortalService.passwordBytesMax).contains(password.utf8.count) {
            throw CommandFault.usage("A password has 8 to \(PortalService.passwordBytesMax) bytes.")
        }
        let (joined, left) = (try UserFields.groups(fields.joined), fields.left)
        return try await CommandPeople.run(options) { core, caller in
            var user = try await core.users.update(name, caller: caller) { user throws(Refusal) in
                change.apply(to: &user)
                user.groups = Set(user.groups).subtracting(left).union(joined).sorted()
            }
            if let password {
                user = try await core.users.setPassword(
                    password.isEmpty ? nil : SecretBytes(utf8: password), of: name, caller: caller)
            }
            return try report(user)
        }
    }

    /// Lets a person sign in, or does not.
    package static func setEnabled(
        _ name: String, _ isEnabled: Bool, _ options: CommandOptions
    ) async throws -> CommandReport {
        let fields = Fields(
            displayName: nil, email: nil, language: nil, preferredFactor: nil, isEnabled: isEnabled, phones: [])
        return try await set(name, fields, password: nil, options)
    }

    /// - Parameters:
    ///   - days: after which the block ends by itself; nil for the usual time.
    ///   - untilUnblocked: whether only `unblock` ends it.
    package static func block(
        _ name: String, reason: String, days: Int? = nil, untilUnblocked: Bool = false, _ options: CommandOptions
    ) async throws -> CommandReport {
        guard let reason = try UserFields.text(reason, "reason", max: 200) else {
            throw CommandFault.usage("--reason: use 1 to 200 characters.")
        }
        let daysMax = User.Block.secondsMax / 86_400
        if let days, !(1...daysMax).contains(days) { throw CommandFault.usage("--days: expected 1 to \(daysMax).") }
        if untilUnblocked, days != nil { throw CommandFault.usage("--days and --until-unblocked contradict.") }
        let duration = try UserFields.blockDuration(days.map { $0 * 86_400 }, untilUnblocked: untilUnblocked)
        return try await CommandPeople.run(options) { core, caller in
            let keeping: AnswerKeeping<User> = CommandPeople.unkept()
            return try report(
                CommandPeople.fresh(
                    try await core.users.block(name, reason: reason, for: duration, caller: caller, keeping: keeping)))
        }
    }

    /// - Parameter reason: why, for the audit.
    package static func unblock(
        _ name: String, reason: String? = nil, _ options: CommandOptions
    ) async throws -> CommandReport {
        let reason = try UserFields.text(reason, "reason", max: 200)
        return try await CommandPeople.run(options) { core, caller in
            let keeping: AnswerKeeping<User> = CommandPeople.unkept()
            return try report(
                CommandPeople.fresh(
                    try await core.users.unblock(name, reason: reason, caller: caller, keeping: keeping)))
        }
    }

    package static func unlock(_ name: String, _ options: CommandOptions) async throws -> CommandReport {
        try await CommandPeople.run(options) { core, caller in
            let keeping: AnswerKeeping<User> = CommandPeople.unkept()
            return try report(
                CommandPeople.fresh(try await core.users.unlock(name, caller: caller, keeping: keeping)))
        }
    }

    package static func remove(_ name: String, _ options: CommandOptions) async throws -> CommandReport {
        try await CommandPeople.run(options) { core, caller in
            try await core.users.delete(name, caller: caller)
            return try CommandReport(
                "Removed user \(TerminalText.clean(name)) with all factors; the audit stays.\n",
                document: ReportedAct(name: name, state: "removed"))
        }
    }

    private static func report(_ user: User) throws -> CommandReport {
        let response = UserResponse(user)
        let phones = user.phones.map { "\($0.number) (\($0.kind))" }.joined(separator: ", ")
        return try CommandReport(
            TextTable.facts([
                ("user name", user.username), ("id", response.id), ("state", state(user)),
                ("blocked because", response.blockedReason), ("blocked at", response.blockedAt?.description),
                ("blocked until", blockEnd(user)), ("bypass until", response.bypassUntil?.description),
                ("display name", user.displayName),
                ("e-mail", user.email), ("phones", phones.isEmpty ? nil : phones), ("language", user.language),
                ("preferred factor", response.preferredFactor),
                ("groups", user.groups.isEmpty ? nil : user.groups.joined(separator: ", ")),
                ("local password", response.hasPassword ? "yes" : "no"), ("created at", user.createdAt.description),
            ]), document: response)
    }

    private static func blockEnd(_ user: User) -> String? {
        guard let block = user.block else { return user.promptsBlockedAt == nil ? nil : "unblocked" }
        return block.until?.description ?? "unblocked"
    }

    private static func state(_ user: User) -> String {
        guard user.isEnabled else { return "disabled" }
        if user.block != nil { return "blocked" }
        return user.promptsBlockedAt == nil ? "enabled" : "no prompts"
    }

    private static func numbers(_ texts: [String]) throws -> [PhoneNumber] {
        try texts.map { text in
            let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                throw CommandFault.usage("--phone: expected KIND:NUMBER, such as mobile:+15551230000.")
            }
            return PhoneNumber(kind: parts[0], number: parts[1])
        }
    }

    private static func update(_ text: String?) -> FieldUpdate<String> {
        guard let text else { return .unchanged }
        return text.isEmpty ? .cleared : .set(text)
    }
}

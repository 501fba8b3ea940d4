// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import Hummingbird
import MFAAPI
import MFADomain
import Primitives

/// The wire of users.
struct UserHandlers: Sendable {
    let users: UserService

    func create(_ call: InternalCall) async throws -> Response {
        let body = try call.decode(CreateUserRequest.self)
        let profile = UserProfile(
            username: try UserFields.username(body.username),
            displayName: try UserFields.text(body.displayName, "displayName", max: 128),
            email: try UserFields.email(body.email), phones: try UserFields.phones(body.phones ?? []),
            language: try body.language.map { try UserFields.language($0) },
            preferredFactor: try UserFields.preferredFactor(body.preferredFactor),
            groups: try body.groups.map { try UserFields.groups($0) }, isEnabled: body.enabled)
        let keeping = Self.keeping(.created)
        return try Answers.response(
            try await users.create(profile, caller: call.caller, keeping: keeping), keeping)
    }

    func list(_ call: InternalCall, query: [Substring: Substring]) async throws -> Response {
        let page = try PageQuery(query)
        let users = try await users.list(search: page.search, after: page.after, limit: page.limit + 1)
        let items = users.prefix(page.limit)
        let next = users.count > page.limit ? items.last.map { PageQuery.cursor(after: $0.canonicalName) } : nil
        return try JSONBody.response(Page(items: items.map { UserResponse($0) }, next: next))
    }

    func read(_ call: InternalCall) async throws -> Response {
        let user = try await users.read(try call.parameter("user"), caller: call.caller)
        return try JSONBody.response(UserResponse(user))
    }

    func update(_ call: InternalCall) async throws -> Response {
        let change = try UserChange(try call.decode(UpdateUserRequest.self))
        let user = try await users.update(try call.parameter("user"), caller: call.caller) {
            user throws(Refusal) in change.apply(to: &user)
        }
        return try JSONBody.response(UserResponse(user))
    }

    func delete(_ call: InternalCall) async throws -> Response {
        try await users.delete(try call.parameter("user"), caller: call.caller)
        return Response(status: .noContent)
    }

    func setPassword(_ call: InternalCall) async throws -> Response {
        let body = try call.decode(SetPasswordRequest.self)
        guard (8...PortalService.passwordBytesMax).contains(body.password.utf8.count) else {
            throw Problem(
                ErrorCode.invalidRequest, detail: "password: use 8 to \(PortalService.passwordBytesMax) bytes.")
        }
        let user = try await users.setPassword(
            SecretBytes(utf8: body.password), of: try call.parameter("user"), caller: call.caller)
        return try JSONBody.response(UserResponse(user))
    }

    func block(_ call: InternalCall) async throws -> Response {
        let body = try call.decode(BlockUserRequest.self)
        guard let reason = try UserFields.text(body.reason, "reason", max: 200) else {
            throw Problem(ErrorCode.invalidRequest, detail: "reason: use 1 to 200 characters.")
        }
        let duration = try UserFields.blockDuration(body.durationSeconds, untilUnblocked: body.untilUnblocked)
        let keeping = Self.keeping()
        return try Answers.response(
            try await users.block(
                try call.parameter("user"), reason: reason, for: duration, caller: call.caller, keeping: keeping),
            keeping)
    }

    func unblock(_ call: InternalCall) async throws -> Response {
        let body = try call.decodeIfPresent(UnblockUserRequest.self)
        let reason = try UserFields.text(body?.reason, "reason", max: 200)
        let keeping = Self.keeping()
        return try Answers.response(
            try await users.unblock(
                try call.parameter("user"), reason: reason, caller: call.caller, keeping: keeping), keeping)
    }

    func unlock(_ call: InternalCall) async throws -> Response {
        let keeping = Self.keeping()
        return try Answers.response(
            try await users.unlock(try call.parameter("user"), caller: call.caller, keeping: keeping), keeping)
    }

    private static func keeping(_ status: HTTPResponse.Status = .ok) -> AnswerKeeping<User> {
        Answers.keeping(status) { user in UserResponse(user) }
    }
}

extension UserResponse {
    init(_ user: User) {
        self.init(
            id: user.id.description, username: user.username, displayName: user.displayName, email: user.email,
            phones: user.phones.map { PhoneNumber(kind: $0.kind, number: $0.number) }, language: user.language,
            preferredFactor: user.preferredFactor?.rawValue, groups: user.groups, enabled: user.isEnabled,
            blocked: user.block != nil || user.promptsBlockedAt != nil,
            blockedReason: user.block?.reason ?? (user.promptsBlockedAt == nil ? nil : User.Block.fraudReported),
            blockedAt: user.block?.at ?? user.promptsBlockedAt, blockedUntil: user.block?.until,
            bypassUntil: user.bypass?.expiresAt, hasPassword: user.password.verifier != nil, createdAt: user.createdAt)
    }
}

// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// A telephone number of a person.
package struct PhoneNumber: Codable, Sendable, Equatable {
    /// `mobile`, `office` or `home`.
    package var kind: String
    /// E.164: `+` and 7–15 digits.
    package var number: String

    package init(kind: String, number: String) {
        self.kind = kind
        self.number = number
    }
}

/// `POST /users`.
package struct CreateUserRequest: APIRequest {
    package var username: String
    package var displayName: String?
    package var email: String?
    package var phones: [PhoneNumber]?
    /// Of this and what follows: what new people begin with (`mfa-core user defaults`) when absent. Empty: none.
    package var language: String?
    /// `push` or `passcode`.
    package var preferredFactor: String?
    /// Groups that the policy speaks of; with PATCH, all of them anew.
    package var groups: [String]?
    package var enabled: Bool?

    package static let keyPaths: Set<String> = [
        "username", "displayName", "email", "phones", "phones[]", "phones[].kind", "phones[].number", "language",
        "preferredFactor", "groups", "groups[]", "enabled",
    ]

    package init(
        username: String, displayName: String? = nil, email: String? = nil, phones: [PhoneNumber]? = nil,
        language: String? = nil, preferredFactor: String? = nil, groups: [String]? = nil, enabled: Bool? = nil
    ) {
        self.username = username
        self.displayName = displayName
        self.email = email
        self.phones = phones
        self.language = language
        self.preferredFactor = preferredFactor
        self.groups = groups
        self.enabled = enabled
    }
}

/// `PATCH /users/{u}`: a key that is absent leaves its value, `null` clears it.
package struct UpdateUserRequest: APIRequest {
    package var username: String?
    package var displayName: FieldUpdate<String>
    package var email: FieldUpdate<String>
    package var phones: [PhoneNumber]?
    package var language: FieldUpdate<String>
    package var preferredFactor: FieldUpdate<String>
    package var groups: [String]?
    package var enabled: Bool?

    package static let keyPaths = CreateUserRequest.keyPaths

    package init(
        username: String? = nil, displayName: FieldUpdate<String> = .unchanged,
        email: FieldUpdate<String> = .unchanged, phones: [PhoneNumber]? = nil,
        language: FieldUpdate<String> = .unchanged, preferredFactor: FieldUpdate<String> = .unchanged,
        groups: [String]? = nil, enabled: Bool? = nil
    ) {
        self.username = username
        self.displayName = displayName
        self.email = email
        self.phones = phones
        self.language = language
        self.preferredFactor = preferredFactor
        self.groups = groups
        self.enabled = enabled
    }

    private enum CodingKeys: CodingKey {
        case username, displayName, email, phones, language, preferredFactor, groups, enabled
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        username = try container.decodeIfPresent(String.self, forKey: .username)
        displayName = try FieldUpdate(in: container, forKey: .displayName)
        email = try FieldUpdate(in: container, forKey: .email)
        phones = try container.decodeIfPresent([PhoneNumber].self, forKey: .phones)
        language = try FieldUpdate(in: container, forKey: .language)
        preferredFactor = try FieldUpdate(in: container, forKey: .preferredFactor)
        groups = try container.decodeIfPresent([String].self, forKey: .groups)
        enabled = try container.decodeIfPresent(Bool.self, forKey: .enabled)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(username, forKey: .username)
        try displayName.encode(in: &container, forKey: .displayName)
        try email.encode(in: &container, forKey: .email)
        try container.encodeIfPresent(phones, forKey: .phones)
        try language.encode(in: &container, forKey: .language)
        try preferredFactor.encode(in: &container, forKey: .preferredFactor)
        try container.encodeIfPresent(groups, forKey: .groups)
        try container.encodeIfPresent(enabled, forKey: .enabled)
    }
}

/// What a PATCH says of one field.
package enum FieldUpdate<Value: Codable & Sendable & Equatable>: Sendable, Equatable {
    case unchanged
    case cleared
    case set(Value)

    init<Key: CodingKey>(in container: KeyedDecodingContainer<Key>, forKey key: Key) throws {
        if !container.contains(key) {
            self = .unchanged
        } else if let value = try container.decodeIfPresent(Value.self, forKey: key) {
            self = .set(value)
        } else {
            self = .cleared
        }
    }

    func encode<Key: CodingKey>(in container: inout KeyedEncodingContainer<Key>, forKey key: Key) throws {
        switch self {
        case .unchanged: break
        case .cleared: try container.encodeNil(forKey: key)
        case .set(let value): try container.encode(value, forKey: key)
        }
    }
}

/// A user as the contract shows one.
package struct UserResponse: Codable, Sendable, Equatable {
    package var id: String
    package var username: String
    package var displayName: String?
    package var email: String?
    package var phones: [PhoneNumber]
    package var language: String?
    package var preferredFactor: String?
    package var groups: [String]
    package var enabled: Bool
    package var blocked: Bool
    package var blockedReason: String?
    package var blockedAt: Instant?
    /// Absent where only an unblock ends it.
    package var blockedUntil: Instant?
    /// Until then a one-time bypass lets the person's next sign-in in without a factor.
    package var bypassUntil: Instant?
    package var hasPassword: Bool
    package var createdAt: Instant

    package init(
        id: String, username: String, displayName: String?, email: String?, phones: [PhoneNumber], language: String?,
        preferredFactor: String?, groups: [String], enabled: Bool, blocked: Bool, blockedReason: String?,
        blockedAt: Instant? = nil, blockedUntil: Instant?, bypassUntil: Instant? = nil, hasPassword: Bool,
        createdAt: Instant
    ) {
        self.id = id
        self.username = username
        self.displayName = displayName
        self.email = email
        self.phones = phones
        self.language = language
        self.preferredFactor = preferredFactor
        self.groups = groups
        self.enabled = enabled
        self.blocked = blocked
        self.blockedReason = blockedReason
        self.blockedAt = blockedAt
        self.blockedUntil = blockedUntil
        self.bypassUntil = bypassUntil
        self.hasPassword = hasPassword
        self.createdAt = createdAt
    }
}

/// `PUT /users/{u}/password`: 8–256 bytes of UTF-8.
package struct SetPasswordRequest: APIRequest {
    package var password: String

    package static let keyPaths: Set<String> = ["password"]

    package init(password: String) {
        self.password = password
    }
}

/// `POST /users/{u}/block`.
package struct BlockUserRequest: APIRequest {
    /// 1–200 characters, kept in the audit and shown.
    package var reason: String
    /// After so long the block ends by itself; 90 days when absent.
    package var durationSeconds: Int?
    /// True: only an unblock ends it; not together with `durationSeconds`.
    package var untilUnblocked: Bool?

    package static let keyPaths: Set<String> = ["reason", "durationSeconds", "untilUnblocked"]

    package init(reason: String, durationSeconds: Int? = nil, untilUnblocked: Bool? = nil) {
        self.reason = reason
        self.durationSeconds = durationSeconds
        self.untilUnblocked = untilUnblocked
    }
}

/// `POST /users/{u}/unblock`; the body may be left out.
package struct UnblockUserRequest: APIRequest {
    /// At most 200 characters, kept in the audit.
    package var reason: String?

    package static let keyPaths: Set<String> = ["reason"]

    package init(reason: String? = nil) {
        self.reason = reason
    }
}

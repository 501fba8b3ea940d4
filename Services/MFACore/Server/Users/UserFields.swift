// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import MFAAPI
import MFADomain

/// Parses what is said about a person, once, at the edge; each fault names its key.
package enum UserFields {
    static func username(_ given: String) throws(Problem) -> String {
        guard let name = try text(given, "username", max: CanonicalName.charactersMax) else {
            throw invalid("username: use 1 to \(CanonicalName.charactersMax) characters.")
        }
        return name
    }

    /// A text without control characters, or nil for an absent or empty one.
    static func text(_ given: String?, _ key: String, max: Int) throws(Problem) -> String? {
        guard let given, !given.isEmpty else { return nil }
        let isClean = given.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: false
            default: true
            }
        }
        guard isClean, given.unicodeScalars.count <= max else {
            throw invalid("\(key): use at most \(max) characters without line breaks.")
        }
        return given
    }

    static func email(_ given: String?) throws(Problem) -> String? {
        guard let email = try text(given, "email", max: 254) else { return nil }
        let parts = email.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), !email.contains(" ") else {
            throw invalid("email: expected name@domain.")
        }
        return email
    }

    static func phones(_ given: [PhoneNumber]) throws(Problem) -> [User.Phone] {
        guard given.count <= 5 else { throw invalid("phones: at most 5.") }
        var phones: [User.Phone] = []
        for phone in given {
            guard ["mobile", "office", "home"].contains(phone.kind) else {
                throw invalid("phones[].kind: use mobile, office or home.")
            }
            let digits = phone.number.utf8.dropFirst()
            guard phone.number.hasPrefix("+"), (7...15).contains(digits.count),
                digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
            else { throw invalid("phones[].number: expected + and 7 to 15 digits (E.164).") }
            phones.append(User.Phone(kind: phone.kind, number: phone.number))
        }
        return phones
    }

    static func language(_ given: String?) throws(Problem) -> String? {
        guard let given, !given.isEmpty else { return nil }
        let isTag = given.utf8.allSatisfy { character in
            switch character {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard (2...35).contains(given.utf8.count), isTag else {
            throw invalid("language: expected a tag such as en or de-CH (BCP 47).")
        }
        return given
    }

    static func preferredFactor(_ given: String?) throws(Problem) -> RequestedFactor? {
        switch given {
        case nil: nil
        case "push": .push
        case "passcode": .passcode
        default: throw Problem(ErrorCode.factorUnsupported, detail: "preferredFactor: use push or passcode.")
        }
    }

    /// How long a block lasts; nil: until an unblock.
    static func blockDuration(_ seconds: Int?, untilUnblocked: Bool?) throws(Problem) -> Duration? {
        if untilUnblocked == true {
            guard seconds == nil else { throw invalid("durationSeconds, untilUnblocked: send one of them.") }
            return nil
        }
        guard let seconds else { return User.Block.duration }
        guard (1...User.Block.secondsMax).contains(seconds) else {
            throw invalid("durationSeconds: expected 1 to \(User.Block.secondsMax).")
        }
        return .seconds(seconds)
    }

    /// Names of groups in order, each once.
    static func groups(_ given: [String]) throws(Problem) -> [String] {
        guard given.count <= 100 else { throw invalid("groups: at most 100.") }
        for name in given {
            guard try text(name, "groups[]", max: 64) != nil else { throw invalid("groups[]: use 1 to 64 characters.") }
        }
        return Set(given).sorted()
    }

    private static func invalid(_ detail: String) -> Problem { Problem(ErrorCode.invalidRequest, detail: detail) }
}

/// A PATCH of a person, parsed.
struct UserChange: Sendable {
    private let changes: [@Sendable (inout User) -> Void]

    init(_ body: UpdateUserRequest) throws(Problem) {
        var changes: [@Sendable (inout User) -> Void] = []
        if let name = body.username {
            let username = try UserFields.username(name)
            changes.append { $0.username = username }
        }
        if let given = Self.value(body.displayName) {
            let displayName = try UserFields.text(given, "displayName", max: 128)
            changes.append { $0.displayName = displayName }
        }
        if let given = Self.value(body.email) {
            let email = try UserFields.email(given)
            changes.append { $0.email = email }
        }
        if let given = body.phones {
            let phones = try UserFields.phones(given)
            changes.append { $0.phones = phones }
        }
        if let given = Self.value(body.language) {
            let language = try UserFields.language(given)
            changes.append { $0.language = language }
        }
        if let given = Self.value(body.preferredFactor) {
            let preferred = try UserFields.preferredFactor(given)
            changes.append { $0.preferredFactor = preferred }
        }
        if let given = body.groups {
            let groups = try UserFields.groups(given)
            changes.append { $0.groups = groups }
        }
        if let isEnabled = body.enabled { changes.append { $0.isEnabled = isEnabled } }
        self.changes = changes
    }

    func apply(to user: inout User) {
        for change in changes { change(&user) }
    }

    /// Nil when the field is not spoken of; `.some(nil)` when it is cleared.
    private static func value(_ update: FieldUpdate<String>) -> String?? {
        switch update {
        case .unchanged: nil
        case .cleared: .some(nil)
        case .set(let value): .some(value)
        }
    }
}

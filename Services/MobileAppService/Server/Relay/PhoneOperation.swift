// SPDX-License-Identifier: Apache-2.0
package import MFAAPI

/// The six things a phone may ask for: where it asks, and where that goes on sdk-service.
package enum PhoneOperation: CaseIterable, Sendable {
    case activate, createNonce, listChallenges, answerChallenge, setPushAddress, removeDevice

    /// The HTTP method.
    package var method: String { entry.method }

    /// The path below the prefix, with `{id}` for a variable segment.
    package var path: String { Paths.api + entry.path }

    /// What sdk-service calls it.
    package var operation: Operation { entry.operation }

    /// Whether the phone signs the request with its key.
    package var isSigned: Bool { self != .activate && self != .createNonce }

    /// Whether a JSON body belongs to it.
    package var hasBody: Bool { self == .activate || self == .answerChallenge || self == .setPushAddress }

    private var entry: (method: String, path: String, operation: Operation) {
        switch self {
        case .activate: ("POST", "/activations", .activateDevice)
        case .createNonce: ("POST", "/nonces", .createNonce)
        case .listChallenges: ("GET", "/challenges", .listChallenges)
        case .answerChallenge: ("POST", "/challenges/{id}/answers", .answerChallenge)
        case .setPushAddress: ("PUT", "/push-address", .setPushAddress)
        case .removeDevice: ("DELETE", "/device", .removeDevice)
        }
    }

    /// Whether `target` is this operation's, segment by segment: a router forgives doubled slashes, but what a phone
    /// signed must mean one thing only.
    package func fits(_ target: String) -> Bool {
        let sent = target.prefix { $0 != "?" }.split(separator: "/", omittingEmptySubsequences: false)
        let expected = path.split(separator: "/", omittingEmptySubsequences: false)
        guard sent.count == expected.count else { return false }
        return zip(sent, expected).allSatisfy { sent, expected in
            expected.hasPrefix("{") ? !sent.isEmpty : sent == expected
        }
    }
}

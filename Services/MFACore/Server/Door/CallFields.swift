// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPKit
import MFAAPI
import Primitives

/// What sdk-service says about a call beside its body: the headers of a request, or the fields of a frame.
struct CallFields {
    private let find: (String) -> String?

    /// - Parameter find: the value of a field by its name in lower case.
    init(_ find: @escaping (String) -> String?) {
        self.find = find
    }

    subscript(_ name: String) -> String? { find(name) }

    func required(_ name: String) throws(Problem) -> String {
        guard let value = find(name), !value.isEmpty else {
            throw Problem(ErrorCode.forbidden, reason: "the door did not say \(name)")
        }
        return value
    }

    /// Refuses a call that the door meant for another operation, or whose caller has no scope for this one.
    func require(_ operation: MFAAPI.Operation) throws(Problem) {
        let account = try required(HeaderNames.account)
        guard try required(HeaderNames.operation) == operation.rawValue else {
            throw Problem(ErrorCode.forbidden, reason: "the door routed to another operation")
        }
        guard try !scopes().isDisjoint(with: operation.scopes) else {
            throw Problem(ErrorCode.forbidden, reason: "account \(account) has no scope for \(operation.rawValue)")
        }
    }

    func scopes() throws(Problem) -> Set<Scope> {
        Set(try required(HeaderNames.scopes).split(separator: ",").compactMap { Scope(rawValue: String($0)) })
    }

    /// The application that the account is bound to; one that cannot be read must not unbind it.
    func application() throws(Problem) -> String? {
        guard let given = find(HeaderNames.application) else { return nil }
        guard let application = given.removingPercentEncoding, !application.isEmpty else {
            throw Problem(ErrorCode.forbidden, reason: "the door named an application that cannot be read")
        }
        return application
    }

    /// How long sdk-service will wait; nothing is decided for a caller that is gone.
    func patience() throws(Problem) -> Duration? {
        guard let given = find(HeaderNames.deadline) else { return nil }
        guard let milliseconds = UInt32(given), milliseconds > 0 else {
            throw Problem(ErrorCode.forbidden, reason: "the door named a deadline that cannot be read")
        }
        return .milliseconds(milliseconds)
    }

    /// When sdk-service waits no more, by the database's clock.
    func expiry() throws(Problem) -> Instant? {
        guard let given = find(HeaderNames.expires) else { return nil }
        guard let milliseconds = Int64(given), (0...Int64(UInt32.max) * 1000).contains(milliseconds) else {
            throw Problem(ErrorCode.forbidden, reason: "the door named an expiry that cannot be read")
        }
        return Instant(microseconds: milliseconds * 1000)
    }
}

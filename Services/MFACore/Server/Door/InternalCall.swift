// SPDX-License-Identifier: Apache-2.0
import Foundation
package import HTTPKit
import HTTPTypes
package import Hummingbird
package import MFAAPI
package import MFACoreStore
package import MFADomain
import NIOCore
import Primitives

/// One call of sdk-service: who is behind it, what for, and its body; checked again here, whatever the door checked.
package struct InternalCall: Sendable {
    package let operation: MFAAPI.Operation
    package let caller: Caller
    package let scopes: Set<Scope>
    package let body: ByteBuffer
    private let parameters: [String: String]

    /// The value of `{name}` in the operation's path, percent-decoded.
    package func parameter(_ name: String) throws(Problem) -> String {
        guard let value = parameters[name] else { throw Problem(ErrorCode.notFound, reason: "no parameter \(name)") }
        return value
    }

    /// Reads the request of `operation` as sdk-service handed it on.
    ///
    /// - Throws: ``Problem`` 403 where the headers name another operation or no fitting scope.
    package init(
        _ request: Request, operation: MFAAPI.Operation, context: ServiceRequestContext, digests: KeyedDigests
    ) async throws {
        self.operation = operation
        let account = try Self.header(request, HeaderNames.account)
        guard try Self.header(request, HeaderNames.operation) == operation.rawValue else {
            throw Problem(ErrorCode.forbidden, reason: "the door routed to another operation")
        }
        scopes = Set(
            try Self.header(request, HeaderNames.scopes).split(separator: ",").compactMap {
                Scope(rawValue: String($0))
            })
        guard !scopes.isDisjoint(with: operation.scopes) else {
            throw Problem(ErrorCode.forbidden, reason: "account \(account) has no scope for \(operation.rawValue)")
        }
        if operation.hasBody {
            body = try await request.rawBody()
        } else {
            body = try await request.bytes()
            if body.readableBytes > 0 {
                _ = try StrictJSON.decode(EmptyRequest.self, from: body, keyPaths: EmptyRequest.keyPaths)
            }
        }
        var ticketHash: [UInt8]?
        if let ticket = Self.optionalHeader(request, HeaderNames.ticket) {
            guard ticket.utf8.count <= 128 else { throw Problem(ErrorCode.unauthenticated, reason: "ticket too long") }
            ticketHash = digests.digest(ofSecret: ticket)
        }
        caller = Caller(
            account: account, frontEnd: Self.frontEnd(of: scopes, operation),
            boundApplication: try Self.application(request), peer: Self.optionalHeader(request, HeaderNames.peer) ?? "",
            requestID: context.requestID,
            idempotency: try Self.mark(request, account: account, ticketHash, operation, body, digests),
            ticketHash: ticketHash, patience: try Self.patience(request), expiresAt: try Self.expiry(request))
        parameters = try Self.parameters(context)
        try requireTicketOfPortal()
    }

    /// An account that has only the portal's scope names nobody but the person whose ticket it presents.
    private func requireTicketOfPortal() throws(Problem) {
        let needsTicket = operation.path.hasPrefix("/users/") || operation == .endTicket
        guard needsTicket else { return }
        if scopes.contains(.manageUsers), operation.scopes.contains(.manageUsers), caller.ticketHash == nil { return }
        guard caller.ticketHash != nil, scopes.contains(.portal), operation.scopes.contains(.portal) else {
            throw Problem(ErrorCode.forbidden, reason: "\(operation.rawValue) by \(caller.account) without a ticket")
        }
    }

    /// Reads the body as strict JSON.
    package func decode<Body: APIRequest>(_ type: Body.Type) throws(Problem) -> Body {
        try StrictJSON.decode(type, from: body, keyPaths: type.keyPaths)
    }

    private static func header(_ request: Request, _ name: String) throws(Problem) -> String {
        guard let value = optionalHeader(request, name), !value.isEmpty else {
            throw Problem(ErrorCode.forbidden, reason: "the door did not say \(name)")
        }
        return value
    }

    private static func optionalHeader(_ request: Request, _ name: String) -> String? {
        HTTPField.Name(name).flatMap { request.headers[$0] }
    }

    /// The application that the account is bound to; one that cannot be read must not unbind it.
    private static func application(_ request: Request) throws(Problem) -> String? {
        guard let given = optionalHeader(request, HeaderNames.application) else { return nil }
        guard let application = given.removingPercentEncoding, !application.isEmpty else {
            throw Problem(ErrorCode.forbidden, reason: "the door named an application that cannot be read")
        }
        return application
    }

    /// How long sdk-service will wait; nothing is decided for a caller that is gone.
    private static func patience(_ request: Request) throws(Problem) -> Duration? {
        guard let given = optionalHeader(request, HeaderNames.deadline) else { return nil }
        guard let milliseconds = UInt32(given), milliseconds > 0 else {
            throw Problem(ErrorCode.forbidden, reason: "the door named a deadline that cannot be read")
        }
        return .milliseconds(milliseconds)
    }

    private static func expiry(_ request: Request) throws(Problem) -> Instant? {
        guard let given = optionalHeader(request, HeaderNames.expires) else { return nil }
        guard let milliseconds = Int64(given), (0...Int64(UInt32.max) * 1000).contains(milliseconds) else {
            throw Problem(ErrorCode.forbidden, reason: "the door named an expiry that cannot be read")
        }
        return Instant(microseconds: milliseconds * 1000)
    }

    private static func frontEnd(of scopes: Set<Scope>, _ operation: MFAAPI.Operation) -> String {
        if operation.scopes == [.mobile] { return "mobile" }
        return scopes.contains(.portal) ? "portal" : "sdk"
    }

    /// A ticket belongs to the request: a kept answer of one person is never another's.
    private static func mark(
        _ request: Request, account: String, _ ticketHash: [UInt8]?, _ operation: MFAAPI.Operation,
        _ body: ByteBuffer, _ digests: KeyedDigests
    ) throws(Problem) -> IdempotencyMark? {
        guard operation.method == "POST", let key = optionalHeader(request, HeaderNames.idempotencyKey) else {
            return nil
        }
        let isVisible = key.utf8.allSatisfy { (0x21...0x7e).contains($0) }
        guard (1...64).contains(key.utf8.count), isVisible else {
            throw Problem(
                ErrorCode.invalidRequest, detail: "Idempotency-Key: use 1 to 64 visible ASCII characters.")
        }
        let ticket = ticketHash.map { "#" + Hex.encode($0) } ?? ""
        return digests.mark(
            account: account, key: key, operation: operation.rawValue, target: request.uri.path + ticket,
            body: Array(body.readableBytesView))
    }

    private static func parameters(_ context: ServiceRequestContext) throws(Problem) -> [String: String] {
        var parameters: [String: String] = [:]
        for (name, value) in context.parameters {
            guard let text = String(value).removingPercentEncoding else {
                throw Problem(ErrorCode.invalidRequest, detail: "The path is not UTF-8 behind its percent escapes.")
            }
            parameters[String(name)] = text
        }
        return parameters
    }
}

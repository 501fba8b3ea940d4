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
        let fields = CallFields { name in HTTPField.Name(name).flatMap { request.headers[$0] } }
        try fields.require(operation)
        let body: ByteBuffer
        if operation.hasBody {
            body = try await request.rawBody()
        } else {
            body = try await request.bytes()
            if body.readableBytes > 0, !operation.mayHaveBody {
                _ = try StrictJSON.decode(EmptyRequest.self, from: body, keyPaths: EmptyRequest.keyPaths)
            }
        }
        try self.init(
            operation, fields: fields, target: request.uri.path, parameters: Self.parameters(context),
            requestID: context.requestID, body: body, digests: digests)
    }

    /// Reads a call that came among others in one request; errors are those of a request of its own.
    package init(_ frame: CallFrame, operation: MFAAPI.Operation, digests: KeyedDigests) throws(Problem) {
        let fields = CallFields(frame.field)
        try fields.require(operation)
        guard frame.body.count <= RequestLimits.bodyBytesMax else { throw Problem(ErrorCode.tooLarge) }
        try self.init(
            operation, fields: fields, target: Paths.internal + operation.path, parameters: [:],
            requestID: fields[HeaderNames.requestID] ?? "", body: ByteBuffer(bytes: frame.body), digests: digests)
    }

    private init(
        _ operation: MFAAPI.Operation, fields: CallFields, target: String, parameters: [String: String],
        requestID: String, body: ByteBuffer, digests: KeyedDigests
    ) throws(Problem) {
        self.operation = operation
        self.body = body
        self.parameters = parameters
        scopes = try fields.scopes()
        let account = try fields.required(HeaderNames.account)
        var ticketHash: [UInt8]?
        if let ticket = fields[HeaderNames.ticket] {
            guard ticket.utf8.count <= 128 else { throw Problem(ErrorCode.unauthenticated, reason: "ticket too long") }
            ticketHash = digests.digest(ofSecret: ticket)
        }
        caller = Caller(
            account: account, frontEnd: Self.frontEnd(of: scopes, operation),
            boundApplication: try fields.application(), peer: fields[HeaderNames.peer] ?? "", requestID: requestID,
            idempotency: try Self.mark(
                fields[HeaderNames.idempotencyKey], account: account, ticketHash, operation, target, body, digests),
            ticketHash: ticketHash, patience: try fields.patience(),
            expiresAt: try fields.expiry())
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

    /// The same of a body that may be left out.
    package func decodeIfPresent<Body: APIRequest>(_ type: Body.Type) throws(Problem) -> Body? {
        guard body.readableBytes > 0 else { return nil }
        return try decode(type)
    }

    private static func frontEnd(of scopes: Set<Scope>, _ operation: MFAAPI.Operation) -> String {
        if operation.scopes == [.mobile] { return "mobile" }
        return scopes.contains(.portal) ? "portal" : "sdk"
    }

    /// A ticket belongs to the request: a kept answer of one person is never another's.
    private static func mark(
        _ key: String?, account: String, _ ticketHash: [UInt8]?, _ operation: MFAAPI.Operation, _ target: String,
        _ body: ByteBuffer, _ digests: KeyedDigests
    ) throws(Problem) -> IdempotencyMark? {
        guard operation.method == "POST", let key else { return nil }
        let isVisible = key.utf8.allSatisfy { (0x21...0x7e).contains($0) }
        guard (1...64).contains(key.utf8.count), isVisible else {
            throw Problem(
                ErrorCode.invalidRequest, detail: "Idempotency-Key: use 1 to 64 visible ASCII characters.")
        }
        let ticket = ticketHash.map { "#" + Hex.encode($0) } ?? ""
        return digests.mark(
            account: account, key: key, operation: operation.rawValue, target: target + ticket,
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

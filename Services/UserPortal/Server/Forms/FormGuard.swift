// SPDX-License-Identifier: Apache-2.0
internal import HTTPKit
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// Lets a form through only when it came from a page of ours, shown to this very session (R76).
struct FormGuard: Sendable {
    /// The hidden field that every form has.
    static let tokenField = "token"

    /// Content types that a page of another site can send without asking first: those are refused as forgeries.
    private static let forgeable = ["text/plain", "multipart/form-data"]

    private let origin: String

    /// - Parameter origin: such as `https://mfa.example.org:8443`.
    init(origin: String) {
        self.origin = origin
    }

    /// The fields of a submitted form.
    ///
    /// - Parameters:
    ///   - id: the session whose page the form must have stood on.
    ///   - names: the form's fields, without the token.
    /// - Throws: ``Problem`` 403 without proof of origin or the session's token, 415, 413, or 400.
    func fields(of request: Request, names: Set<String> = [], for id: SessionID?) async throws -> FormBody {
        try SameOrigin.verify(request, allowedOrigins: [origin])
        try Self.verifyContentType(request.headers[.contentType])
        let body = try await request.bytes(limit: FormBody.bytesMax)
        guard let id else { throw Problem(EdgeCode.forbidden, reason: "no session cookie") }
        guard let form = FormBody(body.readableBytesView, names: names.union([Self.tokenField])) else {
            throw Problem(EdgeCode.invalidRequest, reason: "malformed form")
        }
        try id.formToken.verify(form[Self.tokenField])
        return form
    }

    private static func verifyContentType(_ header: String?) throws(Problem) {
        let parts = (header ?? "").lowercased().split(separator: ";", omittingEmptySubsequences: false)
            .map { $0.filter { $0 != " " && $0 != "\t" } }
        let isForm = parts.first == "application/x-www-form-urlencoded"
        if isForm, parts.count == 1 || parts.dropFirst() == ["charset=utf-8"] { return }
        guard let type = parts.first, !type.isEmpty, !forgeable.contains(type) else {
            throw Problem(EdgeCode.forbidden, reason: "not a form of ours")
        }
        throw Problem(EdgeCode.unsupportedMediaType)
    }
}

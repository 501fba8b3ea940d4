// SPDX-License-Identifier: Apache-2.0
package import HTTPTypes
package import Hummingbird
package import Logging
package import NIOCore
package import Primitives

/// An error as a caller gets to see it: RFC 9457 problem details with a stable code.
package struct Problem: Error, Sendable {
    /// The code with its status and title.
    package let code: any ProblemCode
    /// What was wrong with this request, for the caller; never holds values from it.
    package let detail: String?
    /// What happened, for the log alone.
    package let reason: String?
    /// When trying again makes sense.
    package let retryAfterSeconds: Int?
    /// Whether a 401 invites Basic credentials.
    package let asksForCredentials: Bool
    /// What the answer carries beside the headers of every problem.
    package var headers: HTTPFields = [:]

    /// - Parameters:
    ///   - detail: told to the caller; names keys and limits, never values.
    ///   - reason: logged and never sent.
    ///   - retryAfterSeconds: sent as `Retry-After`; 503 has one second when this is nil.
    ///   - asksForCredentials: adds `WWW-Authenticate: Basic realm="countersign"`.
    package init(
        _ code: some ProblemCode, detail: String? = nil, reason: String? = nil, retryAfterSeconds: Int? = nil,
        asksForCredentials: Bool = false
    ) {
        self.code = code
        self.detail = detail
        self.reason = reason
        self.retryAfterSeconds = retryAfterSeconds ?? (code.status == 503 ? 1 : nil)
        self.asksForCredentials = asksForCredentials
    }

    /// The problem that any thrown error is told as; whatever nobody foresaw is `internal` and nothing more.
    package init(describing error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let convertible as any ProblemConvertible: self = convertible.problem
        case is CancellationError: self.init(EdgeCode.unavailable, reason: "the request was cancelled")
        case let response as any HTTPResponseError:
            self.init(EdgeCode(status: response.status.code), reason: "\(error)")
        default: self.init(EdgeCode.internal, reason: "\(type(of: error)): \(error)")
        }
    }

    /// The response that tells this problem.
    package func response(requestID: String) -> Response {
        let (headers, body) = parts(requestID: requestID)
        return Response(status: .init(code: code.status), headers: headers, body: .init(byteBuffer: body))
    }

    /// Writes down what happened where that is more than the caller is told: a fault of ours as an error.
    package func record(in logger: Logger, requestID: String? = nil) {
        guard let reason else { return }
        var metadata: Logger.Metadata = ["code": "\(code.rawValue)", "reason": "\(reason)"]
        if let requestID { metadata["requestId"] = .string(requestID) }
        logger.log(level: code.status >= 500 ? .error : .debug, "request failed", metadata: metadata)
    }

    /// Headers and body of the response that tells this problem.
    package func parts(requestID: String) -> (headers: HTTPFields, body: ByteBuffer) {
        let body = ProblemDetails(
            type: "urn:countersign:problem:\(code.rawValue)", title: code.title, status: code.status,
            code: code.rawValue, detail: detail, requestId: requestID)
        var headers = headers
        headers[.contentType] = "application/problem+json"
        headers[.cacheControl] = "no-store"
        if let retryAfterSeconds { headers[.retryAfter] = String(max(1, retryAfterSeconds)) }
        if asksForCredentials { headers[.wwwAuthenticate] = "Basic realm=\"countersign\", charset=\"UTF-8\"" }
        // The rest of a refused body is not worth reading: the connection ends with the answer.
        if code.status == 413 { headers[.connection] = "close" }
        if code.status == 405 { headers[.allow] = MethodLimit.allowed }
        return (headers, JSONBody.encode(body))
    }
}

/// An error of a service or a room that knows the problem it is told as.
package protocol ProblemConvertible: Error {
    /// What the caller is told.
    var problem: Problem { get }
}

/// The members of a problem body; all of them encode without fail.
private struct ProblemDetails: Encodable {
    let type: String
    let title: String
    let status: Int
    let code: String
    let detail: String?
    let requestId: String
}

// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import HTTPTypes
import Hummingbird
import MFAAPI
package import MFAClient
import NIOCore
package import ServiceRuntime

/// Calls sdk-service under the account of this service and hands its answers to phones.
package struct SDKCalls: Sendable {
    private let client: MFAClient

    /// - Parameter client: its URLs end in `/api/v1`; it carries the account.
    package init(_ client: MFAClient) {
        self.client = client
    }

    /// Sends one device operation.
    ///
    /// - Throws: ``Problem`` 503 when there is no answer, and when sdk-service refused this service's own account,
    ///   which is no business of a phone's.
    func send(
        _ operation: Operation, body: [UInt8]?, idempotencyKey: String?, requestID: String
    ) async throws -> Response {
        var headers = [(HeaderNames.requestID, requestID)]
        if body != nil { headers.append(("content-type", "application/json")) }
        if let idempotencyKey { headers.append((HeaderNames.idempotencyKey, idempotencyKey)) }
        let answer: MFAResponse
        do {
            answer = try await client.send(
                method: operation.method, path: operation.path, headers: headers,
                body: body.map { ByteBuffer(bytes: $0) }, deadline: Limits.callDeadline,
                // A nonce is stored nowhere; everything else may be repeated by its key only.
                isRepeatable: operation == .createNonce ? true : nil)
        } catch {
            if case .cancelled = error { throw CancellationError() }
            throw Problem(ErrorCode.unavailable, reason: "sdk-service: \(error)", retryAfterSeconds: 1)
        }
        guard !Self.isRefusalAtTheDoor(answer) else {
            throw Problem(
                ErrorCode.unavailable, reason: "sdk-service refuses this service's account: \(answer.status)",
                retryAfterSeconds: answer.retryAfterSeconds ?? 1)
        }
        return Self.response(answer)
    }

    /// Whether this service can do its work: a nonce is asked for and thrown away.
    package func probe() async throws -> SDKReadiness.Probe {
        let answer = try await client.send(
            method: Operation.createNonce.method, path: Operation.createNonce.path, deadline: .seconds(2),
            isRepeatable: true)
        if Self.isRefusalAtTheDoor(answer) { return .accountRefused(status: answer.status) }
        // Too many requests are no fault of the way there, and would be more if this copy's work went to another one.
        return [200, 429].contains(answer.status) ? .ready : .unavailable(status: answer.status)
    }

    /// The door asks for credentials whenever it refuses an account; answers about phones never do.
    private static func isRefusalAtTheDoor(_ answer: MFAResponse) -> Bool {
        answer.header("www-authenticate") != nil
    }

    private static func response(_ answer: MFAResponse) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = answer.header("content-type")
        headers[.retryAfter] = answer.header("retry-after")
        headers[.deviceNextNonce] = answer.header(HeaderNames.deviceNextNonce)
        let body = answer.body.readableBytes == 0 ? ResponseBody() : ResponseBody(byteBuffer: answer.body)
        return Response(status: .init(code: answer.status), headers: headers, body: body)
    }
}

extension HTTPField.Name {
    static let idempotencyKey = fixed(HeaderNames.idempotencyKey)
    static let deviceID = fixed(HeaderNames.deviceID)
    static let deviceNonce = fixed(HeaderNames.deviceNonce)
    static let deviceSignature = fixed(HeaderNames.deviceSignature)
    static let deviceNextNonce = fixed(HeaderNames.deviceNextNonce)
}

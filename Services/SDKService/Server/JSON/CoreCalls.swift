// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import HTTPTypes
import Hummingbird
import MFAAPI
package import MFAClient
import NIOCore
import Primitives
import ServiceRuntime

/// One request as it goes on to mfa-core: its bytes, and who is behind it.
///
/// A class, so that the frames that hand it on while its caller waits hold one word of it each.
final class ForwardedRequest: Sendable {
    let operation: Operation
    let path: String
    let query: String?
    let headers: [(String, String)]
    let body: ByteBuffer?
    /// The caller's place among all accounts.
    let pass: Turnstile.Pass
    /// When mfa-core's answer would come too late.
    let deadline: ContinuousClock.Instant
    /// Ends with the caller's connection.
    let end: ConnectionEnd

    /// Whatever the caller sent beside these four headers stays here; a `Countersign-…` of its own above all.
    init(
        _ operation: Operation, target: OperationTarget, query: String? = nil, account: DoorAccount,
        pass: Turnstile.Pass, request: Request, body: ByteBuffer?, context: DoorContext
    ) {
        self.operation = operation
        path = target.path
        self.query = query
        self.body = body
        self.pass = pass
        deadline = .now + Limits.coreDeadline
        end = context.end
        var headers = [
            (HeaderNames.account, account.name),
            (HeaderNames.scopes, account.scopes.map(\.rawValue).sorted().joined(separator: ",")),
            (HeaderNames.operation, operation.rawValue),
            (HeaderNames.requestID, context.requestID),
        ]
        if let application = account.application {
            headers.append((HeaderNames.application, Self.percentEncoded(application)))
        }
        if !context.peerAddress.isEmpty { headers.append((HeaderNames.peer, context.peerAddress)) }
        if let ticket = request.headers[.ticket] { headers.append((HeaderNames.ticket, ticket)) }
        if let key = request.headers[.idempotencyKey] { headers.append((HeaderNames.idempotencyKey, key)) }
        self.headers = headers
    }

    private init(_ operation: Operation, path: String, headers: [(String, String)], like other: ForwardedRequest) {
        self.operation = operation
        self.path = path
        self.headers = headers
        query = nil
        body = nil
        pass = other.pass
        deadline = .now + Limits.coreDeadline
        end = other.end
    }

    /// The question what became of a sign-in, for the same caller; each time it is asked it is asked ``again()``.
    func reading(_ signInID: String) -> ForwardedRequest {
        let operation = Operation.readSignIn
        let kept = headers.filter { $0.0 != HeaderNames.idempotencyKey && $0.0 != HeaderNames.operation }
        return ForwardedRequest(
            operation, path: operation.path.replacing("{id}", with: signInID),
            headers: kept + [(HeaderNames.operation, operation.rawValue)], like: self)
    }

    /// The same once more, with time of its own.
    func again() -> ForwardedRequest {
        ForwardedRequest(operation, path: path, headers: headers, like: self)
    }

    /// A name of an application may hold characters that a header cannot.
    private static func percentEncoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            if (0x21...0x7e).contains(byte), byte != UInt8(ascii: "%") {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                result += "%" + Hex.encode([byte])
            }
        }
        return result
    }
}

/// Calls mfa-core and hands its answers back.
package struct CoreCalls: Sendable {
    private let client: MFAClient
    private let bundler: CallBundler?
    let turnstile: Turnstile
    private let clock: DatabaseClock

    /// - Parameters:
    ///   - client: its URLs have no path.
    ///   - bundler: carries sign-ins that begin; without one each call has a request of its own.
    ///   - clock: by which mfa-core is told when the caller waits no more.
    package init(
        _ client: MFAClient, bundler: CallBundler? = nil, turnstile: Turnstile = Turnstile(),
        clock: DatabaseClock = DatabaseClock()
    ) {
        self.client = client
        self.bundler = bundler
        self.turnstile = turnstile
        self.clock = clock
    }

    /// Sends a request as it stands, once it is its turn; not at all when that comes too late.
    ///
    /// - Throws: ``Problem`` 503 when there is no answer, whatever the cause; 429 above the account's own limit.
    func send(_ request: ForwardedRequest) async throws -> MFAResponse {
        let stage = request.operation.stage
        try await turnstile.enter(request.pass, stage, end: request.end)
        defer { turnstile.leave(request.pass, stage) }
        var left = try Self.timeLeft(until: request.deadline)
        var headers = request.headers
        if let end = clock.time(at: request.deadline) {
            headers.append((HeaderNames.expires, String(end.microseconds / 1000)))
        }
        if let bundler, request.operation == .startSignIn,
            let answer = try await answer(headers, request.body, within: left, in: bundler)
        {
            return answer
        }
        // A bundle that came to nothing has taken its time.
        left = try Self.timeLeft(until: request.deadline)
        // Rounded up: what is left is never told as nothing.
        headers.append((HeaderNames.deadline, String(Int64((left / .milliseconds(1)).rounded(.up)))))
        if request.body != nil { headers.append(("content-type", "application/json")) }
        let path = Paths.internal + request.path + (request.query.map { "?" + $0 } ?? "")
        do {
            return try await client.send(
                method: request.operation.method, path: path, headers: headers, body: request.body, deadline: left)
        } catch {
            if case .cancelled = error { throw CancellationError() }
            throw Problem(ErrorCode.unavailable, reason: "mfa-core: \(error)", retryAfterSeconds: 1)
        }
    }

    private static func timeLeft(until deadline: ContinuousClock.Instant) throws(Problem) -> Duration {
        let left = deadline - .now
        guard left > .zero else { throw Problem(ErrorCode.unavailable, reason: "mfa-core: no time left to ask") }
        return left
    }

    /// The answer of a call that went in a bundle; nil when it is to be asked by itself, of any copy.
    private func answer(
        _ headers: [(String, String)], _ body: ByteBuffer?, within left: Duration, in bundler: CallBundler
    ) async throws -> MFAResponse? {
        let outcome = await bundler.send(fields: headers, body: body, deadline: left)
        let isRepeatable = headers.contains { $0.0 == HeaderNames.idempotencyKey }
        switch outcome {
        case .answered(let answer): return answer.status == 503 && isRepeatable ? nil : answer
        case .notSent: return nil
        case .lost(let reason):
            guard !isRepeatable else { return nil }
            throw Problem(ErrorCode.unavailable, reason: "mfa-core: \(reason)", retryAfterSeconds: 1)
        case .abandoned: throw CancellationError()
        }
    }

    /// The answer for the caller: status, body and the four headers that belong to it.
    static func response(_ answer: MFAResponse) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = answer.header("content-type")
        headers[.retryAfter] = answer.header("retry-after")
        headers[.allow] = answer.header("allow")
        headers[.deviceNextNonce] = answer.header(HeaderNames.deviceNextNonce)
        let body = answer.body.readableBytes == 0 ? ResponseBody() : ResponseBody(byteBuffer: answer.body)
        return Response(status: .init(code: answer.status), headers: headers, body: body)
    }

    /// Which of `ids` are pending no more.
    func decided(among ids: [String]) async throws -> [String] {
        let body = ByteBuffer(bytes: try JSONBody.bytes(of: SignInStatesRequest(ids: ids)))
        let answer = try await client.send(
            method: "POST", path: Paths.signInStates, headers: [("content-type", "application/json")], body: body,
            deadline: Limits.coreDeadline, isRepeatable: true)
        guard answer.status == 200 else {
            throw Problem(ErrorCode.unavailable, reason: "mfa-core answered \(answer.status) about states")
        }
        return try WaitJSON.states(in: answer.body).filter { $0.state != "pending" }.map(\.id)
    }

    /// Whether mfa-core answers at all.
    func ping() async throws {
        let answer = try await client.send(method: "GET", path: Paths.ping, deadline: .seconds(2))
        guard answer.status == 204 else {
            throw Problem(ErrorCode.unavailable, reason: "mfa-core answered \(answer.status) to a ping")
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package import AsyncHTTPClient
internal import MFAAPI
package import NIOCore
internal import NIOHTTP1
internal import NIOPosix
package import Primitives

/// Speaks the contract with mfa-core or sdk-service, whichever the URLs lead to.
///
/// Copies of the service are taken in turn. Another one is tried only when nothing was sent, or for GET, or with an
/// `Idempotency-Key`; otherwise a lost answer is ``MFAClientError/unknownOutcome(reason:)``. A copy that answers 503
/// rests like one that refused the connection, and what may be repeated goes on to a copy that does not rest.
package struct MFAClient: Sendable {
    /// Bytes of an answer.
    package static let bodyBytesMax = 1024 * 1024
    /// Attempts of one call, over all copies.
    private static let attemptsMax = 3

    let http: HTTPClient
    let copies: Copies
    let deadline: Duration
    let random: any RandomSource
    let identity: ClientIdentity
    private var ticket: SecretBytes?

    /// - Parameters:
    ///   - http: speaks HTTP/1.1, follows no redirects, and has `connectionPool.retryConnectionEstablishment` off,
    ///     so that a refused connection is told at once; its owner shuts it down.
    ///   - urls: bases such as `https://localhost:8440/internal/v1` or `https://localhost:8442/api/v1`.
    ///   - identity: may be changed while the client is in use.
    ///   - deadline: how long one call may take when the call says nothing else.
    package init(
        http: HTTPClient, urls: [String], identity: ClientIdentity = ClientIdentity(),
        deadline: Duration = .seconds(10), random: any RandomSource = SystemRandomSource()
    ) {
        self.http = http
        self.copies = Copies(urls)
        self.identity = identity
        self.deadline = deadline
        self.random = random
    }

    /// A client whose credentials stay as they are.
    package init(
        http: HTTPClient, urls: [String], credentials: BasicCredentials?, deadline: Duration = .seconds(10),
        random: any RandomSource = SystemRandomSource()
    ) {
        self.init(
            http: http, urls: urls, identity: ClientIdentity(credentials: credentials), deadline: deadline,
            random: random)
    }

    /// The same client acting under a person's ticket; `{user}` is `me` then.
    package func with(ticket: SecretBytes) -> MFAClient {
        var client = self
        client.ticket = ticket
        return client
    }

    /// Sends one request as it stands and hands back the answer as it came.
    ///
    /// - Parameters:
    ///   - path: below the base URL, with its query, already percent-encoded.
    ///   - isRepeatable: whether a second copy may be tried although the first may have worked on it; nil means for
    ///     GET, and for requests with an `Idempotency-Key`.
    package func send(
        method: String, path: String, headers: [(String, String)] = [], body: ByteBuffer? = nil,
        deadline: Duration? = nil, isRepeatable: Bool? = nil
    ) async throws(MFAClientError) -> MFAResponse {
        let end = ContinuousClock.now + (deadline ?? self.deadline)
        let isRepeatable =
            isRepeatable ?? (method == "GET" || headers.contains { $0.0.lowercased() == HeaderNames.idempotencyKey })
        var order = copies.order()
        // A lone copy is asked again when a kept connection turned out to be dead.
        if order.count == 1 { order.append(order[0]) }
        var last = MFAClientError.unreachable(reason: "no copy was tried")
        var unavailable: MFAResponse?
        for index in order.prefix(Self.attemptsMax) {
            // When all copies say so, asking each of them for every request would only add to what ails them.
            if let unavailable, copies.isResting(index) || ContinuousClock.now >= end { return unavailable }
            guard ContinuousClock.now < end else { throw .deadlineExceeded }
            do {
                let request = try HTTPClient.Request(
                    url: copies.url(index) + path, method: HTTPMethod(rawValue: method), headers: fields(headers),
                    body: body.map { .byteBuffer($0) }, tlsConfiguration: identity.tls)
                let response = try await attempt(request, until: end)
                guard response.status == 503 else {
                    response.isLast ? copies.left(index) : copies.answered(index)
                    return response
                }
                // It may have worked on the request all the same: a commit whose outcome it does not know is a 503.
                copies.refused(index)
                guard isRepeatable else { return response }
                unavailable = response
            } catch {
                switch AttemptFailure(error) {
                case .final(let error): throw error
                case .notSent(let reason):
                    copies.refused(index)
                    last = .unreachable(reason: reason)
                    // Once is enough for a copy that does not listen.
                    if copies.count == 1 { throw last }
                case .stale(let reason): last = .unreachable(reason: reason)
                case .sent(let reason):
                    last = .unknownOutcome(reason: reason)
                    guard isRepeatable else { throw last }
                }
            }
        }
        if let unavailable { return unavailable }
        throw last
    }

    /// Collected on the client's event loop, whose deadline runs to the last byte of the answer: reading the body here
    /// would cost two tasks and a timer for each call.
    private func attempt(
        _ request: HTTPClient.Request, until end: ContinuousClock.Instant
    ) async throws -> MFAResponse {
        // On the caller's own event loop, where it has one: then no thread is crossed.
        let loop = MultiThreadedEventLoopGroup.currentEventLoop
        let task = http.execute(
            request: request, delegate: ResponseAccumulator(request: request, maxBodySize: Self.bodyBytesMax),
            eventLoop: loop.map { .delegate(on: $0) } ?? .indifferent, deadline: Self.nioDeadline(end))
        let response = try await withTaskCancellationHandler {
            try await task.get()
        } onCancel: {
            task.cancel()
        }
        // The body is a part of the connection's own 32 KiB; who keeps an answer, as whoever waits for a decision does,
        // would keep all of them.
        let body = response.body.map { ByteBufferAllocator().buffer(buffer: $0) }
        return MFAResponse(status: Int(response.status.code), headers: response.headers, body: body ?? ByteBuffer())
    }

    /// The headers of a request: the caller's, and who we are.
    func fields(_ headers: [(String, String)]) -> HTTPHeaders {
        var fields = HTTPHeaders(headers)
        if let credentials = identity.credentials {
            fields.replaceOrAdd(name: "authorization", value: credentials.headerValue)
        }
        if let ticket {
            let text = ticket.withBytes { String(decoding: $0, as: UTF8.self) }
            fields.replaceOrAdd(name: HeaderNames.ticket, value: text)
        }
        return fields
    }

    static func nioDeadline(_ end: ContinuousClock.Instant) -> NIODeadline {
        .now() + TimeAmount(end - ContinuousClock.now)
    }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPTypes
import Hummingbird
import MFAAPI
import NIOCore
import Primitives
import Synchronization

extension FakeSDK {
    /// A refusal with a code of the contract.
    private struct Refusal: Error {
        let code: ErrorCode
    }

    /// Turns refusals into problem details, and notes every call.
    private struct Edge: RouterMiddleware {
        let fake: FakeSDK

        func handle(
            _ request: Request, context: BasicRequestContext,
            next: (Request, BasicRequestContext) async throws -> Response
        ) async throws -> Response {
            let words = request.uri.path.dropFirst(Paths.api.count).split(separator: "/")
            let path = words.map { $0.count == 36 ? "{id}" : String($0) }.joined(separator: "/")
            let mode = fake.state.withLock { state in
                state.calls.append("\(request.method.rawValue) /\(path)")
                return state.mode
            }
            do {
                switch mode {
                case .up: return try await next(request, context)
                case .down: throw Refusal(code: .unavailable)
                case .refusing: throw Refusal(code: .unauthenticated)
                }
            } catch let refusal as Refusal {
                let problem = """
                    {"type":"about:blank","title":"\(refusal.code.title)","status":\(refusal.code.status),\
                    "code":"\(refusal.code.rawValue)"}
                    """
                return Response(
                    status: .init(code: refusal.code.status), headers: [.contentType: "application/problem+json"],
                    body: .init(byteBuffer: ByteBuffer(string: problem)))
            }
        }
    }

    var router: Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self)
        router.middlewares.add(Edge(fake: self))
        let api = router.group(RouterPath(Paths.api))
        api.post("/portal/sign-ins") { request, _ in
            let body = try await Self.body(StartPortalSignInRequest.self, of: request)
            return try Self.answer(self.start(body))
        }
        api.post("/portal/sign-ins/{id}/factor") { request, context in
            let body = try await Self.body(ChoosePortalFactorRequest.self, of: request)
            return try Self.answer(self.choose(try context.parameters.require("id"), body.factor))
        }
        api.post("/sign-ins/{id}/answers") { request, context in
            let body = try await Self.body(AnswerSignInRequest.self, of: request)
            return try Self.answer(self.answer(try context.parameters.require("id"), body.passcode))
        }
        api.post("/sign-ins/{id}/cancellation") { _, context in
            try Self.answer(self.cancel(try context.parameters.require("id")))
        }
        api.get("/sign-ins/{id}") { request, context in
            let id = try context.parameters.require("id")
            let isHeld = request.uri.queryParameters["waitSeconds"] != nil
            if isHeld { await self.hold(id) }
            return try Self.answer(self.read(id))
        }
        api.get("/users/me/factors") { request, _ in
            let factors = try self.state.withLock { state in
                guard let ticket = Self.ticket(of: request), state.tickets[ticket] != nil else {
                    throw Refusal(code: .unauthenticated)
                }
                return state.factors
            }
            return try Self.answer(Page(items: factors, next: nil))
        }
        api.post("/users/me/factors") { request, _ in
            let body = try await Self.body(CreateFactorRequest.self, of: request)
            return try Self.answer(self.makeRecoveryCodes(body, ticket: Self.ticket(of: request)))
        }
        api.delete("/portal/ticket") { request, _ in
            self.state.withLock { state in
                if let ticket = Self.ticket(of: request) { state.tickets[ticket] = nil }
            }
            return Response(status: .noContent)
        }
        return router
    }

    private func start(_ body: StartPortalSignInRequest) -> SignInResponse {
        state.withLock { state in
            let id = SystemRandomSource().identifier(IdentifierSubject.SignIn.self).description
            state.addresses.append(body.clientAddress)
            if body.user == "newcomer", body.password == Self.password {
                return SignInResponse(id: id, state: "denied", reason: "refused", nextStep: "enrol")
            }
            guard body.user == "alice", body.password == Self.password else {
                return SignInResponse(id: id, state: "denied", reason: "refused")
            }
            state.signIns[id] = SignIn(user: body.user)
            return SignInResponse(id: id, state: "pending", factors: state.offered, nextStep: "choose")
        }
    }

    private func choose(_ id: String, _ factor: String) throws -> SignInResponse {
        try state.withLock { state in
            guard state.signIns[id]?.state == "pending" else { throw Refusal(code: .conflict) }
            state.signIns[id]?.factor = factor
            if factor == "push", state.isPromptPending {
                state.signIns[id]?.state = "denied"
                return SignInResponse(
                    id: id, state: "denied", factor: factor, reason: "promptPending", retryAfterSeconds: 30)
            }
            return try Self.object(id, &state)
        }
    }

    private func answer(_ id: String, _ passcode: String) throws -> SignInResponse {
        try state.withLock { state in
            guard let signIn = state.signIns[id], signIn.factor == "passcode" else { throw Refusal(code: .notFound) }
            guard signIn.state == "pending" else { throw Refusal(code: .alreadyDecided) }
            state.signIns[id]?.answers += 1
            if passcode == Self.passcode {
                state.signIns[id]?.state = "approved"
            } else if signIn.answers + 1 == 3 {
                state.signIns[id]?.state = "denied"
                state.signIns[id]?.reason = "refused"
            }
            return try Self.object(id, &state)
        }
    }

    /// A set in the place of the one before it, and a ticket in the place of all others.
    private func makeRecoveryCodes(_ body: CreateFactorRequest, ticket: String?) throws -> CreateFactorResponse {
        try state.withLock { state in
            guard let ticket, let user = state.tickets[ticket] else { throw Refusal(code: .unauthenticated) }
            guard body.kind == "recovery", body.name == nil else { throw Refusal(code: .invalidRequest) }
            if let refusal = state.recoveryRefusal { throw Refusal(code: refusal) }
            state.recoverySets += 1
            state.factors.removeAll { $0.kind == "recovery" }
            state.factors.append(
                FactorResponse(
                    id: "r", kind: "recovery", name: "Recovery codes", state: "active",
                    createdAt: Instant(seconds: 1_767_322_800), lastUsedAt: nil, imported: false, codesRemaining: 10))
            let next = "ticket-" + Base64URL.encode(SystemRandomSource().bytes(32))
            state.tickets = [next: user]
            return CreateFactorResponse(
                id: "r", state: "active", recoveryCodes: Self.recoveryCodes(state.recoverySets), ticket: next)
        }
    }

    private func cancel(_ id: String) throws -> SignInResponse {
        try state.withLock { state in
            if state.signIns[id]?.state == "pending" { state.signIns[id]?.state = "cancelled" }
            return try Self.object(id, &state)
        }
    }

    private func read(_ id: String) throws -> SignInResponse {
        try state.withLock { state in try Self.object(id, &state) }
    }

    /// Until the next decision, unless there is one already.
    private func hold(_ id: String) async {
        await withCheckedContinuation { continuation in
            let isHeld = state.withLock { state in
                guard state.signIns[id]?.state == "pending" else { return false }
                state.waiters.append(continuation)
                return true
            }
            if !isHeld { continuation.resume() }
        }
    }

    private static func object(_ id: String, _ state: inout State) throws -> SignInResponse {
        guard let signIn = state.signIns[id] else { throw Refusal(code: .notFound) }
        var answer = SignInResponse(id: id, state: signIn.state, factor: signIn.factor, reason: signIn.reason)
        if signIn.state == "pending", signIn.factor == "push" {
            answer.numberToEnter = number
            answer.nextStep = "wait"
        } else if signIn.state == "pending" {
            answer.nextStep = "passcode"
        } else if signIn.state == "approved", signIn.ticket == nil {
            let ticket = "ticket-" + Base64URL.encode(SystemRandomSource().bytes(32))
            state.signIns[id]?.ticket = ticket
            state.tickets[ticket] = signIn.user
            answer.ticket = ticket
        }
        return answer
    }

    private static func ticket(of request: Request) -> String? {
        HTTPField.Name(HeaderNames.ticket).flatMap { request.headers[$0] }
    }

    private static func body<Body: Decodable>(_ type: Body.Type, of request: Request) async throws -> Body {
        let buffer = try await request.body.collect(upTo: 16_384)
        do {
            return try JSONDecoder().decode(type, from: Data(buffer.readableBytesView))
        } catch {
            throw Refusal(code: .invalidRequest)
        }
    }

    private static func answer(_ value: some Encodable) throws -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(bytes: try JSONEncoder().encode(value))))
    }
}

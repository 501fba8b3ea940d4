// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import Hummingbird
import MFAAPI
import NIOCore

/// Every URL of sdk-service: the operations of the contract below `/api/v1`, and nothing else.
package struct Routes: Sendable {
    private let doorman: Doorman
    private let calls: CoreCalls
    private let held: HeldAnswers

    package init(doorman: Doorman, calls: CoreCalls, registry: WaitRegistry) {
        self.doorman = doorman
        self.calls = calls
        self.held = HeldAnswers(calls: calls, registry: registry)
    }

    /// The whole listener: edge and routes.
    package func responder() -> HeldResponder {
        let router = Router(context: DoorContext.self)
        router.addEdge(service: SDKService.name, profile: .api)
        for operation in Operation.allCases {
            router.on(RouterPath(Paths.api + operation.path), method: operation.httpMethod) { request, context in
                try await answer(operation, request, context)
            }
        }
        return HeldResponder(around: router.buildResponder())
    }

    private func answer(_ operation: Operation, _ request: Request, _ context: DoorContext) async throws -> Response {
        guard let target = OperationTarget(request.head.path ?? "", of: operation) else {
            throw Problem(ErrorCode.notFound)
        }
        let account = try await doorman.admit(request, to: operation, target: target, context: context)
        let pass = try calls.turnstile.admit(account, operation.stage, from: context.peerAddress)
        let body: ByteBuffer?
        if operation.hasBody {
            body = try await request.rawBody()
        } else {
            // None, or an empty object, which many clients cannot help sending; mfa-core looks which.
            let bytes = try await request.bytes()
            body = bytes.readableBytes > 0 ? bytes : nil
        }
        let wait = try Self.waitSeconds(operation, target, body)
        let forwarded = ForwardedRequest(
            operation, target: target, query: operation.isList ? target.query : nil, account: account,
            pass: pass, request: request, body: body, context: context)
        let answer = wait > 0 ? try await held.answer(forwarded, seconds: wait) : try await calls.send(forwarded)
        return CoreCalls.response(answer)
    }

    private static func waitSeconds(
        _ operation: Operation, _ target: OperationTarget, _ body: ByteBuffer?
    ) throws -> Int {
        switch operation {
        case .startSignIn: return try body.map { try WaitJSON.waitSeconds(in: $0) } ?? 0
        case .readSignIn: return try WaitJSON.waitSeconds(inQuery: target.query)
        case _ where operation.isList: return 0
        default:
            guard target.query == nil else {
                throw Problem(ErrorCode.invalidRequest, detail: "This operation takes no query.")
            }
            return 0
        }
    }
}

extension Operation {
    /// The method as the router knows it.
    fileprivate var httpMethod: HTTPRequest.Method {
        switch method {
        case "GET": .get
        case "PUT": .put
        case "PATCH": .patch
        case "DELETE": .delete
        default: .post
        }
    }
}

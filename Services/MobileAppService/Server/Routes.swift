// SPDX-License-Identifier: Apache-2.0
package import HTTPKit
import Hummingbird
import MFAAPI
package import Primitives

/// Every URL of mobileapp-service: six operations below `/api/v1`, below each of its prefixes.
package struct Routes: Sendable {
    private let relay: PhoneRelay
    private let prefixes: [String]

    package init(calls: SDKCalls, prefixes: [String], random: any RandomSource = SystemRandomSource()) {
        self.relay = PhoneRelay(calls: calls, random: random)
        self.prefixes = prefixes
    }

    /// The whole listener: prefixes, edge and routes.
    package func responder() -> PathPrefixes<ServiceRequestContext> {
        let router = Router(context: ServiceRequestContext.self)
        router.addEdge(service: MobileAppService.name, profile: .api)
        for operation in PhoneOperation.allCases {
            router.on(RouterPath(operation.path), method: operation.httpMethod) { request, context in
                try await relay.answer(operation, request, context)
            }
        }
        return PathPrefixes(prefixes, around: router)
    }
}

extension PhoneOperation {
    /// The method as the router knows it.
    fileprivate var httpMethod: HTTPRequest.Method {
        switch method {
        case "GET": .get
        case "PUT": .put
        case "DELETE": .delete
        default: .post
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Primitives
import Testing

/// A router with everything a listener of ours has around it.
func edgeRouter(
    profile: SecurityProfile = .api, routes: (Router<ServiceRequestContext>) -> Void = { _ in }
) -> Router<ServiceRequestContext> {
    let router = Router(context: ServiceRequestContext.self, options: .autoGenerateHeadEndpoints)
    router.addEdge(service: "test-service", profile: profile)
    routes(router)
    return router
}

/// For tests that do not look at what is logged.
let silence = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// One exchange with a router, without a socket.
func exchange(
    _ router: Router<ServiceRequestContext>, _ target: String, _ method: HTTPRequest.Method = .get,
    headers: HTTPFields = [:], body: String? = nil, logger: Logger? = nil
) async throws -> TestResponse {
    try await Application(router: router, logger: logger ?? silence).test(.router) { client in
        try await client.execute(
            uri: target, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) })
    }
}

/// A code that only tests have.
enum TestCode: String, ProblemCode {
    case teapot = "teapot"
    case resting

    var status: Int { self == .teapot ? 418 : 503 }
    var title: String { "A test." }
}

/// The parts of problem details that tests look at.
struct ProblemBody: Codable, Equatable {
    var type: String
    var title: String
    var status: Int
    var code: String
    var detail: String?
    var requestId: String

    static let keyPaths: Set<String> = ["type", "title", "status", "code", "detail", "requestId"]

    init(_ response: TestResponse) throws {
        self = try StrictJSON.decode(ProblemBody.self, from: response.body, keyPaths: Self.keyPaths)
    }
}

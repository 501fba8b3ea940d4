// SPDX-License-Identifier: Apache-2.0
import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import Primitives
import ServiceRuntime

/// The second of two hops that do nothing: mutual TLS as mfa-core's, and an answer as long as a sign-in's.
struct EmptyCore: CountersignService {
    static let name = "empty-core"
    static let keys =
        AdminConfiguration.keys(defaultPort: 8459) + ListenerConfiguration.keys(section: "listener", defaultPort: 8449)

    private let admin: AdminConfiguration
    private let listener: ListenerConfiguration

    init(reading reader: inout SettingsReader) {
        admin = AdminConfiguration(defaultPort: 8459, reading: &reader)
        listener = ListenerConfiguration(section: "listener", defaultPort: 8449, reading: &reader)
    }

    func run(logger: Logger, reload: Reload<Self>) async throws {
        let answer = ByteBuffer(string: #"{"id":"\#(String(repeating: "0", count: 200))","state":"approved"}"#)
        let router = Router()
        router.post("/**") { request, _ in
            _ = try await request.body.collect(upTo: EmptyHop.bodyBytesMax)
            return EmptyHop.response(answer)
        }
        try await EmptyHop.serve(router, on: listener, admin: admin, clients: [], logger: logger)
    }
}

/// The first of the two hops: TLS as sdk-service's, and every request handed on as it came.
struct EmptyDoor: CountersignService {
    static let name = "empty-door"
    static let keys =
        AdminConfiguration.keys(defaultPort: 8458)
        + ListenerConfiguration.keys(section: "listener", defaultPort: 8448)
        + InternalClientConfiguration.keys(section: "core", defaultURL: "https://localhost:8449", mutual: true)

    private let admin: AdminConfiguration
    private let listener: ListenerConfiguration
    private let core: InternalClientConfiguration

    init(reading reader: inout SettingsReader) {
        admin = AdminConfiguration(defaultPort: 8458, reading: &reader)
        listener = ListenerConfiguration(section: "listener", defaultPort: 8448, reading: &reader)
        core = InternalClientConfiguration(
            section: "core", defaultURL: "https://localhost:8449", mutual: true, reading: &reader)
    }

    func run(logger: Logger, reload: Reload<Self>) async throws {
        let http = InternalHTTPClient(configuration: core, logger: logger)
        let url = (core.urls.first ?? "") + "/"
        let router = Router()
        router.post("/**") { request, _ in
            let body = try await request.body.collect(upTo: EmptyHop.bodyBytesMax)
            var onward = HTTPClientRequest(url: url)
            onward.method = .POST
            onward.headers.add(name: "content-type", value: "application/json")
            onward.body = .bytes(body)
            let answer = try await http.client.execute(onward, timeout: .seconds(10))
            return EmptyHop.response(try await answer.body.collect(upTo: EmptyHop.bodyBytesMax))
        }
        try await EmptyHop.serve(router, on: listener, admin: admin, clients: [http], logger: logger)
    }
}

private enum EmptyHop {
    static let bodyBytesMax = 64 * 1024

    static func response(_ body: ByteBuffer) -> Response {
        Response(status: .ok, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: body))
    }

    static func serve(
        _ router: Router<BasicRequestContext>, on listener: ListenerConfiguration, admin: AdminConfiguration,
        clients: [InternalHTTPClient], logger: Logger
    ) async throws {
        try await ServiceRunner.run(
            services: clients + [
                HTTPListener(
                    name: "listener", configuration: listener, responder: router.buildResponder(), logger: logger)
            ],
            admin: admin, readiness: Readiness(checks: [], logger: logger), draining: Draining(), logger: logger)
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import Hummingbird
import MFAAPI
import MFADomain
import NIOCore
import Primitives
import ServiceRuntime

/// The stream of decided sign-ins, and the question what became of many of them.
struct DecisionHandlers: Sendable {
    let hub: DecisionHub
    let directory: any UserDirectory
    let draining: Draining
    /// An empty line this often tells the reader that the stream lives.
    static let beat: Duration = .seconds(10)

    func stream(_ context: ServiceRequestContext) async throws -> Response {
        let (hub, draining) = (hub, draining)
        let body = ResponseBody { writer in
            let (lines, line) = AsyncStream<String>.makeStream(bufferingPolicy: .bufferingOldest(8192))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await decided in hub.lines() { line.yield(decided + "\n") }
                    line.finish()
                }
                group.addTask {
                    while !Task.isCancelled {
                        line.yield("\n")
                        try await Task.sleep(for: Self.beat)
                    }
                }
                group.addTask {
                    await draining.wait()
                    line.finish()
                }
                for await text in lines { try await writer.write(ByteBuffer(string: text)) }
                group.cancelAll()
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"], body: body)
    }

    func states(_ request: Request) async throws -> Response {
        let body = try await request.strictBody(
            SignInStatesRequest.self, keyPaths: SignInStatesRequest.keyPaths, limit: 64 * 1024)
        guard body.ids.count <= SignInStatesRequest.idsMax else {
            throw Problem(ErrorCode.invalidRequest, detail: "ids: at most \(SignInStatesRequest.idsMax).")
        }
        let states = try await directory.states(of: body.ids.compactMap { SignInID($0) })
        return try JSONBody.response(
            SignInStatesResponse(items: states.map { .init(id: $0.0.description, state: $0.1.rawValue) }))
    }
}

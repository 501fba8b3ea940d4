// SPDX-License-Identifier: Apache-2.0
import HTTPKit
package import Hummingbird

/// Waits for what the handlers of a router promise, with none of their frames.
package struct HeldResponder: HTTPResponder {
    private let router: RouterResponder<DoorContext>

    init(around router: RouterResponder<DoorContext>) {
        self.router = router
    }

    package func respond(to request: Request, context: DoorContext) async throws -> Response {
        var held: HeldResponse
        do {
            return try await routed(request, context)
        } catch let promise as HeldResponse {
            held = promise
        }
        while true {
            await held.wait()
            do {
                return try await response(to: held)
            } catch let more as HeldResponse {
                held = more
            }
        }
    }

    // Never inlined, these two: what they need would be part of a frame that lasts as long as the waiting.

    @inline(never)
    private func routed(_ request: Request, _ context: DoorContext) async throws -> Response {
        try await SideTask.run { [router] in try await router.respond(to: request, context: context) }
    }

    @inline(never)
    private func response(to held: HeldResponse) async throws -> Response {
        try await SideTask.run { try await held.response() }
    }
}

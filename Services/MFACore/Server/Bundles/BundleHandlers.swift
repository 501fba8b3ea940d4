// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import HTTPTypes
import Hummingbird
import Logging
import MFAAPI
import MFACoreStore
import NIOCore
import Primitives

/// Many sign-ins that begin, in one request: each is answered as if it had come by itself, whichever is ready first.
struct BundleHandlers: Sendable {
    let signIns: SignInHandlers
    let digests: KeyedDigests

    func startSignIns(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
        let calls = try Self.calls(in: try await request.bytes(limit: BundleLimits.bytesMax))
        let logger = context.logger
        let body = ResponseBody { writer in
            let outbox = FrameOutbox(expecting: calls.count)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for call in calls {
                    group.addTask { outbox.put(await answer(call, logger: logger)) }
                }
                while let bytes = await outbox.take() { try await writer.write(ByteBuffer(bytes: bytes)) }
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: "application/octet-stream", .cacheControl: "no-store"], body: body)
    }

    private static func calls(in body: ByteBuffer) throws(Problem) -> [CallFrame] {
        var reader = CallFrameReader()
        reader.append(body.readableBytesView)
        var calls: [CallFrame] = []
        do throws(CallFrameReader.Fault) {
            while let call = try reader.next() { calls.append(call) }
        } catch {
            throw Problem(ErrorCode.invalidRequest, detail: "The body is no sequence of calls.")
        }
        guard reader.isAtEnd, !calls.isEmpty, calls.count <= BundleLimits.callsMax else {
            throw Problem(
                ErrorCode.invalidRequest, detail: "Send 1 to \(BundleLimits.callsMax) calls, each of them whole.")
        }
        return calls
    }

    private func answer(_ frame: CallFrame, logger: Logger) async -> CallFrame {
        do {
            let call = try InternalCall(frame, operation: .startSignIn, digests: digests)
            let body = try JSONBody.bytes(of: try await signIns.started(call))
            return CallFrame(
                number: frame.number, status: 200, fields: [("content-type", "application/json")], body: body)
        } catch {
            let problem = Problem(describing: error)
            let requestID = frame.field(HeaderNames.requestID) ?? ""
            problem.record(in: logger, requestID: requestID)
            let (headers, body) = problem.parts(requestID: requestID)
            return CallFrame(
                number: frame.number, status: UInt16(problem.code.status),
                fields: headers.map { ($0.name.canonicalName, $0.value) }, body: Array(body.readableBytesView))
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import HTTPTypes
import Hummingbird
import MFAAPI
import Primitives

/// Hands a phone's request on, byte for byte; nothing of it is interpreted here, and nothing is kept.
struct PhoneRelay: Sendable {
    let calls: SDKCalls
    let random: any RandomSource

    func answer(
        _ operation: PhoneOperation, _ request: Request, _ context: ServiceRequestContext
    ) async throws -> Response {
        let target = request.head.path ?? ""
        guard operation.fits(target), target.utf8.count <= Limits.targetBytesMax else {
            throw Problem(ErrorCode.notFound)
        }
        let signer = operation.isSigned ? try Signer(request.headers) : nil
        let bytes =
            operation.hasBody
            ? try await request.rawBody(limit: Limits.bodyBytesMax)
            : try await request.bytes(limit: Limits.bodyBytesMax)
        let body = Base64URL.encode(bytes.readableBytesView)
        let address = context.peerAddress.isEmpty ? nil : context.peerAddress
        let sent: [UInt8]?
        if let signer {
            sent = try JSONBody.bytes(
                of: DeviceRequest(
                    deviceId: signer.deviceID, nonce: signer.nonce, signature: signer.signature,
                    method: operation.method, target: target, body: body, clientAddress: address))
        } else if operation == .activate {
            sent = try JSONBody.bytes(of: ActivateDeviceRequest(body: body, clientAddress: address))
        } else {
            sent = bytes.readableBytes > 0 ? Array(bytes.readableBytesView) : nil
        }
        return try await calls.send(
            operation.operation, body: sent, idempotencyKey: key(for: operation, request.headers),
            requestID: context.requestID)
    }

    /// An activation may be repeated, by the phone under its own key and on the way from here under one of ours. A
    /// signed request may not: its nonce may be spent, and the phone would hear that nobody knows it although its answer
    /// was taken. It hears 503 instead, and sends the same lines with another nonce.
    private func key(for operation: PhoneOperation, _ headers: HTTPFields) -> String? {
        guard operation == .activate else { return nil }
        return headers[.idempotencyKey] ?? Base64URL.encode(random.bytes(16))
    }
}

/// Who says to have signed a request.
private struct Signer {
    let deviceID: String
    let nonce: String
    let signature: String

    /// - Throws: ``Problem`` 401, the same as for a wrong signature.
    init(_ headers: HTTPFields) throws(Problem) {
        deviceID = try Self.value(of: .deviceID, in: headers)
        nonce = try Self.value(of: .deviceNonce, in: headers)
        signature = try Self.value(of: .deviceSignature, in: headers)
    }

    private static func value(of name: HTTPField.Name, in headers: HTTPFields) throws(Problem) -> String {
        guard let value = headers[name], (1...Limits.deviceHeaderBytesMax).contains(value.utf8.count) else {
            throw Problem(ErrorCode.unauthenticated)
        }
        return value
    }
}

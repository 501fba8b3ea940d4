// SPDX-License-Identifier: Apache-2.0
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import Primitives

/// Gives every request an id: the caller's `X-Request-Id` if it is 1–64 visible ASCII characters, else a fresh one.
/// Also the first to see the headers, it learns who calls from behind a proxy.
struct RequestIdentity: Sendable {
    private let random: any RandomSource = SystemRandomSource()

    /// Returns the id, which the response is to carry.
    func establish<Context: PeerContext>(of request: Request, in context: inout Context) -> String {
        let id = request.headers[.requestID].flatMap(Self.accepted) ?? Base64URL.encode(random.bytes(12))
        context.peer.requestID = id
        context.peer.learnCaller(from: request.headers)
        context.logger[metadataKey: "requestId"] = .string(id)
        return id
    }

    private static func accepted(_ text: String) -> String? {
        let bytes = text.utf8
        return (1...64).contains(bytes.count) && bytes.allSatisfy { (0x21...0x7E).contains($0) } ? text : nil
    }
}

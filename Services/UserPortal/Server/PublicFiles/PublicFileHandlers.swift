// SPDX-License-Identifier: Apache-2.0
internal import HTTPKit
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// `GET /public/{version}/{name}`.
struct PublicFileHandlers: Sendable {
    let files: PublicFiles

    /// The file. An address with another version, seen while two releases run side by side, is not kept by caches.
    func show(_ request: Request, _ context: ServiceRequestContext) throws -> Response {
        guard let name = context.parameters.get("name"), let file = files[name] else {
            throw Problem(EdgeCode.notFound)
        }
        let isCurrent = context.parameters.get("version") == file.version
        return Response(
            status: .ok,
            headers: [
                .contentType: file.contentType,
                .cacheControl: isCurrent ? "public, max-age=31536000, immutable" : "no-cache",
            ],
            body: .init(byteBuffer: ByteBuffer(bytes: file.bytes)))
    }
}

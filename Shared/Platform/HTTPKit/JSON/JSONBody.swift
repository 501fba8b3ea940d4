// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import HTTPTypes
package import Hummingbird
package import NIOCore

/// JSON answers, written the same way every time.
package enum JSONBody {
    // Keys are sorted because their order is otherwise another one in each process.
    private static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }()

    /// The response that carries `value` as JSON and may not be stored by caches.
    package static func response(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        response(bytes: ByteBuffer(bytes: try encoder.encode(value)), status: status)
    }

    /// The response that carries JSON already written, such as a stored or handed-on answer.
    package static func response(bytes: ByteBuffer, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: .init(byteBuffer: bytes))
    }

    /// The JSON bytes of `value`, keys sorted.
    package static func bytes(of value: some Encodable) throws -> [UInt8] {
        Array(try encoder.encode(value))
    }

    /// The JSON of a value that cannot fail to encode; were it to fail all the same, the body is an empty object.
    static func encode(_ value: some Encodable) -> ByteBuffer {
        (try? encoder.encode(value)).map { ByteBuffer(bytes: $0) } ?? ByteBuffer(string: "{}")
    }
}

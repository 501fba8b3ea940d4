// SPDX-License-Identifier: Apache-2.0
internal import HTTPTypes
package import Hummingbird
package import NIOCore

/// Bounds of what is read from a request.
package enum RequestLimits {
    /// Bytes of a body; the largest of the contract is a page of sign-in ids or a signed activation.
    package static let bodyBytesMax = 16 * 1024
}

extension Request {
    /// The body's bytes as sent.
    ///
    /// - Throws: ``Problem``: 415 unless `Content-Type` is `application/json`, 413 beyond `limit`, 400 when empty.
    package func rawBody(limit: Int = RequestLimits.bodyBytesMax) async throws -> ByteBuffer {
        guard isPlainJSON else { throw Problem(EdgeCode.unsupportedMediaType) }
        let buffer = try await bytes(limit: limit)
        guard buffer.readableBytes > 0 else {
            throw Problem(EdgeCode.invalidRequest, detail: JSONFault.empty.detail)
        }
        return buffer
    }

    /// The body's bytes of whatever type, none included; for requests that are handed on uninterpreted.
    ///
    /// - Throws: ``Problem`` 413 beyond `limit`.
    package func bytes(limit: Int = RequestLimits.bodyBytesMax) async throws -> ByteBuffer {
        let tooLarge = Problem(EdgeCode.tooLarge, detail: JSONFault.tooLong(bytesMax: limit).detail)
        // Said before the first byte is read, where the sender was honest.
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit { throw tooLarge }
        do {
            return try await body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw tooLarge
        } catch let error as CancellationError {
            throw error
        } catch {
            throw Problem(
                EdgeCode.invalidRequest, detail: "The body did not arrive completely.", reason: "\(error)")
        }
    }

    /// Reads the body as strict JSON; see ``StrictJSON``.
    ///
    /// - Throws: ``Problem``: 415, 413, or 400 `invalid_request`.
    package func strictBody<Body: Decodable>(
        _ type: Body.Type, keyPaths: Set<String>, limit: Int = RequestLimits.bodyBytesMax
    ) async throws -> Body {
        try StrictJSON.decode(
            type, from: try await rawBody(limit: limit), keyPaths: keyPaths, limits: .init(bytesMax: limit))
    }

    /// For operations without a body: refuses one with 400.
    package func requireEmptyBody() async throws {
        guard try await bytes(limit: RequestLimits.bodyBytesMax).readableBytes == 0 else {
            throw Problem(EdgeCode.invalidRequest, detail: "This operation takes no body.")
        }
    }

    private var isPlainJSON: Bool {
        if let coding = headers[.contentEncoding], coding.lowercased() != "identity" { return false }
        guard let type = headers[.contentType]?.lowercased() else { return false }
        let parts = type.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts[0].trimmingSpaces == "application/json" else { return false }
        guard parts.count == 2 else { return true }
        return ["charset=utf-8", "charset=\"utf-8\""].contains(parts[1].trimmingSpaces)
    }
}

extension Substring {
    /// Without spaces and tabs at either end.
    fileprivate var trimmingSpaces: Substring {
        var text = self
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import NIOCore
internal import Synchronization

/// Reads JSON bodies and refuses what other readers might understand differently (R73).
package enum StrictJSON {
    /// Bounds of a body.
    package struct Limits: Sendable {
        /// Bytes of the text.
        package var bytesMax: Int
        /// Objects and lists within one another.
        package var depthMax: Int

        package init(bytesMax: Int = 16 * 1024, depthMax: Int = 32) {
            self.bytesMax = bytesMax
            self.depthMax = depthMax
        }
    }

    private static let decoder = JSONDecoder()
    private static let shapes = Mutex<[ObjectIdentifier: (keyPaths: Set<String>, shape: JSONShape)]>([:])

    /// Reads `Body` from a JSON text.
    ///
    /// - Parameters:
    ///   - keyPaths: every key path that may stand there, such as `phones[].number`.
    /// - Throws: ``Problem`` with `invalid_request`, or `too_large` beyond the limit; its detail names the key or
    ///   the place and repeats no value.
    package static func decode<Body: Decodable>(
        _ type: Body.Type, from buffer: ByteBuffer, keyPaths: Set<String>, limits: Limits = Limits()
    ) throws(Problem) -> Body {
        try check(buffer, shape: shape(of: type, keyPaths: keyPaths), limits: limits)
        do {
            return try decoder.decode(type, from: buffer.withUnsafeReadableBytes { Data($0) })
        } catch let error as DecodingError {
            throw Problem(EdgeCode.invalidRequest, detail: detail(of: error))
        } catch {
            throw Problem(EdgeCode.invalidRequest, detail: "The body does not fit.", reason: "\(error)")
        }
    }

    /// Reads `Body` from the bytes of a JSON text, as the form that takes a `ByteBuffer` does.
    package static func decode<Body: Decodable>(
        _ type: Body.Type, from bytes: [UInt8], keyPaths: Set<String>, limits: Limits = Limits()
    ) throws(Problem) -> Body {
        try decode(type, from: ByteBuffer(bytes: bytes), keyPaths: keyPaths, limits: limits)
    }

    /// Scans without decoding.
    package static func check(_ buffer: ByteBuffer, shape: JSONShape, limits: Limits = Limits()) throws(Problem) {
        guard buffer.readableBytes <= limits.bytesMax else {
            throw Problem(EdgeCode.tooLarge, detail: JSONFault.tooLong(bytesMax: limits.bytesMax).detail)
        }
        do throws(JSONFault) {
            try scan(buffer, shape: shape, depthMax: limits.depthMax).get()
        } catch {
            throw Problem(EdgeCode.invalidRequest, detail: error.detail)
        }
    }

    static func scan(_ buffer: ByteBuffer, shape: JSONShape, depthMax: Int) -> Result<Void, JSONFault> {
        buffer.withUnsafeReadableBytes { raw in
            raw.withMemoryRebound(to: UInt8.self) { bytes in
                var scan = JSONScan(bytes, shape: shape, depthMax: depthMax)
                do throws(JSONFault) {
                    try scan.run()
                    return .success(())
                } catch {
                    return .failure(error)
                }
            }
        }
    }

    /// The tree of `keyPaths`, kept for each body type: building it costs more than a scan.
    private static func shape(of type: Any.Type, keyPaths: Set<String>) -> JSONShape {
        shapes.withLock { shapes in
            if let known = shapes[ObjectIdentifier(type)], known.keyPaths == keyPaths { return known.shape }
            let shape = JSONShape(keyPaths: keyPaths)
            shapes[ObjectIdentifier(type)] = (keyPaths, shape)
            return shape
        }
    }

    /// A sentence without values: decoders put them into their own texts.
    private static func detail(of error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context): "The key “\(path(context.codingPath + [key]))” is missing."
        case .typeMismatch(_, let context): "The value of “\(path(context.codingPath))” has another type."
        case .valueNotFound(_, let context): "The value of “\(path(context.codingPath))” may not be null."
        case .dataCorrupted(let context): "The value of “\(path(context.codingPath))” is not valid."
        @unknown default: "The body does not fit."
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.reduce("") { path, key in
            if let index = key.intValue { return "\(path)[\(index)]" }
            return path.isEmpty ? key.stringValue : "\(path).\(key.stringValue)"
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import MFAAPI
internal import NIOCore
internal import NIOHTTP1
internal import Primitives

/// One typed call of an operation of the contract.
struct MFACall {
    let operation: MFAAPI.Operation
    /// Values of the path's variable segments, in order.
    var segments: [String] = []
    var query: [(String, String)] = []
    var body: (any Encodable & Sendable)?
    var idempotencyKey: String?
    /// For POSTs that may be repeated without a key because they store nothing.
    var storesNothing = false
    /// Time that the other side is asked to hold the answer back.
    var wait: Duration = .zero

    private static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }()
    private static let decoder = JSONDecoder()

    /// Runs the call and reads the answer as `Answer`.
    func answer<Answer: Decodable>(
        _ type: Answer.Type = Answer.self, from client: MFAClient
    ) async throws(MFAClientError) -> Answer {
        let response = try await accepted(by: client)
        do {
            return try Self.decoder.decode(type, from: Data(response.body.readableBytesView))
        } catch {
            // The decoder's words may quote the answer, and answers hold secrets.
            throw .malformedAnswer(status: response.status, reason: "not a \(type)")
        }
    }

    /// Runs the call and hands back a successful answer unread.
    @discardableResult
    func accepted(by client: MFAClient) async throws(MFAClientError) -> MFAResponse {
        let response = try await raw(from: client)
        guard !(200..<300).contains(response.status) else { return response }
        do {
            let problem = try Self.decoder.decode(ProblemResponse.self, from: Data(response.body.readableBytesView))
            throw MFAClientError.problem(problem, retryAfterSeconds: response.retryAfterSeconds)
        } catch let error as MFAClientError {
            throw error
        } catch {
            throw .malformedAnswer(status: response.status, reason: "not problem details")
        }
    }

    /// The answer of a call that may have none.
    static func optionalAnswer<Answer: Decodable>(
        in response: MFAResponse
    ) throws(MFAClientError) -> Answer? {
        guard response.body.readableBytes > 0 else { return nil }
        do {
            return try decoder.decode(Answer.self, from: Data(response.body.readableBytesView))
        } catch {
            throw .malformedAnswer(status: response.status, reason: "not a \(Answer.self)")
        }
    }

    /// Runs the call and hands back whatever was answered.
    func raw(from client: MFAClient) async throws(MFAClientError) -> MFAResponse {
        var headers: [(String, String)] = [("accept", "application/json")]
        if operation.method == "POST", !storesNothing {
            let key = idempotencyKey ?? Base64URL.encode(client.random.bytes(16))
            headers.append((HeaderNames.idempotencyKey, key))
        }
        var bytes: ByteBuffer?
        if let body {
            do {
                bytes = ByteBuffer(bytes: try Self.encoder.encode(body))
            } catch {
                throw .malformedAnswer(status: 0, reason: "the request cannot be written as JSON")
            }
            headers.append(("content-type", "application/json"))
        }
        return try await client.send(
            method: operation.method, path: path, headers: headers, body: bytes, deadline: client.deadline + wait,
            isRepeatable: storesNothing ? true : nil)
    }

    /// The operation's path with its variable segments filled in, and the query.
    var path: String {
        var rest = segments[...]
        let filled = operation.path.split(separator: "/").map { part in
            part.hasPrefix("{") ? PercentEncoding.encode(rest.popFirst() ?? "") : String(part)
        }
        let path = "/" + filled.joined(separator: "/")
        guard !query.isEmpty else { return path }
        return path + "?"
            + query.map { "\(PercentEncoding.encode($0.0))=\(PercentEncoding.encode($0.1))" }.joined(separator: "&")
    }
}

/// Percent-encoding of everything that is not unreserved (RFC 3986 §2.3).
enum PercentEncoding {
    static func encode(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                result += "%" + Hex.encode([byte]).uppercased()
            }
        }
        return result
    }
}

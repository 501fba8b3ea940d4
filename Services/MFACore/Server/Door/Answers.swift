// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import Hummingbird
import MFADomain
import NIOCore

/// Turns answers, fresh or kept, into responses.
enum Answers {
    /// How an answer is kept: as the very bytes that its first caller gets.
    static func keeping<Answer: Sendable, Body: Encodable & SendableMetatype>(
        _ status: HTTPResponse.Status = .ok, isOneTime: Bool = false,
        _ body: @escaping @Sendable (Answer) throws -> Body
    ) -> AnswerKeeping<Answer> {
        AnswerKeeping(status: status.code, isOneTime: isOneTime) { try JSONBody.bytes(of: body($0)) }
    }

    static func response<Answer: Sendable>(
        _ answer: KeptAnswer<Answer>, _ keeping: AnswerKeeping<Answer>
    ) throws -> Response {
        switch answer {
        case .fresh(let answer):
            JSONBody.response(
                bytes: ByteBuffer(bytes: try keeping.encode(answer) ?? []), status: .init(code: keeping.status))
        case .stored(let status, let body):
            JSONBody.response(bytes: ByteBuffer(bytes: body), status: .init(code: status))
        }
    }
}

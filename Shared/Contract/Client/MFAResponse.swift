// SPDX-License-Identifier: Apache-2.0
package import MFAAPI
package import NIOCore
package import NIOHTTP1

/// An answer as it came: any status, the body not looked at.
package struct MFAResponse: Sendable {
    package let status: Int
    package let headers: HTTPHeaders
    package let body: ByteBuffer

    package init(status: Int, headers: HTTPHeaders, body: ByteBuffer) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The answer of a call that shared its request with others, as if it had come by itself.
    package init(_ frame: CallFrame) {
        self.init(
            status: Int(frame.status), headers: HTTPHeaders(frame.fields.map { ($0.name, $0.value) }),
            body: ByteBuffer(bytes: frame.body))
    }

    /// The first value of a header, by name in any letter case.
    package func header(_ name: String) -> String? {
        headers.first(name: name)
    }

    /// Whether the service asks its clients to leave this copy, as it does before it stops (`Connection: close`).
    var isLast: Bool {
        header("connection")?.lowercased() == "close"
    }

    /// What `Retry-After` asks for, in seconds.
    package var retryAfterSeconds: Int? {
        header("retry-after").flatMap { Int($0) }
    }
}

// SPDX-License-Identifier: Apache-2.0
package import Hummingbird

/// Serves a router below one or several path prefixes, written in any letter case.
///
/// The longest prefix that fits is taken off; what remains of the target reaches the router byte for byte, which
/// signed requests rely on. The target as sent is `context.peer.originalTarget`. Anything else is 404, answered
/// through the router's own middlewares.
package struct PathPrefixes<Context: PeerContext>: HTTPResponder {
    private let prefixes: [[UInt8]]
    private let inner: any HTTPResponder<Context>
    private let unmatched: any HTTPResponder<Context>

    /// - Parameters:
    ///   - prefixes: such as `/PA`; with or without a slash at the end. An empty one, or `/`, fits every path.
    ///   - router: complete, with all its middlewares and routes.
    package init(_ prefixes: [String], around router: Router<Context>) {
        self.prefixes = prefixes.map(Self.normalised).sorted { $0.count > $1.count }
        self.inner = router.buildResponder()
        self.unmatched = router.middlewares.constructResponder(
            finalResponder: CallbackResponder { _, _ in throw Problem(EdgeCode.notFound) })
    }

    package func respond(to request: Request, context: Context) async throws -> Response {
        var context = context
        let target = request.head.path ?? ""
        context.peer.originalTarget = target
        guard let rest = remainder(of: target) else {
            return try await unmatched.respond(to: request, context: context)
        }
        var head = request.head
        head.path = rest
        return try await inner.respond(to: Request(head: head, body: request.body), context: context)
    }

    /// The target below its prefix, always beginning with a slash; nil when no prefix fits.
    private func remainder(of target: String) -> String? {
        let bytes = target.utf8
        guard bytes.first == UInt8(ascii: "/") else { return nil }
        for prefix in prefixes {
            var rest = bytes[...]
            let fits = prefix.allSatisfy { byte in rest.popFirst().map(Self.lowercased) == byte }
            guard fits else { continue }
            switch rest.first {
            case nil: return "/"
            case UInt8(ascii: "/"): return String(Substring(rest))
            case UInt8(ascii: "?"): return "/" + String(Substring(rest))
            default: continue
            }
        }
        return nil
    }

    private static func normalised(_ prefix: String) -> [UInt8] {
        var bytes = prefix.utf8.map(lowercased)
        while bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        if let first = bytes.first, first != UInt8(ascii: "/") { bytes.insert(UInt8(ascii: "/"), at: 0) }
        return bytes
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}

// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// A parameter of a statement, sent in text format.
///
/// The server decides the type from the SQL; the case only decides how the value is written. Arrays keep NULL elements.
package enum PostgresValue: Sendable, Hashable {
    case null
    case text(String)
    case integer(Int64)
    case boolean(Bool)
    case bytes([UInt8])
    case instant(Instant)
    case uuid(String)
    case json(String)
    case texts([String?])
    case integers([Int64?])
    case booleans([Bool?])
    case bytesArray([[UInt8]?])
    case instants([Instant?])
    case uuids([String?])

    /// The text form, or nil for NULL.
    var encoded: String? {
        switch self {
        case .null: nil
        case .text(let text), .uuid(let text), .json(let text): text
        case .integer(let number): String(number)
        case .boolean(let flag): Self.text(of: flag)
        case .bytes(let bytes): Self.text(of: bytes)
        case .instant(let instant): TimestampText.encode(instant)
        case .texts(let elements), .uuids(let elements): ArrayLiteral.encode(elements)
        case .integers(let elements): ArrayLiteral.encode(elements.map { $0.map { String($0) } })
        case .booleans(let elements): ArrayLiteral.encode(elements.map { $0.map { Self.text(of: $0) } })
        case .bytesArray(let elements): ArrayLiteral.encode(elements.map { $0.map { Self.text(of: $0) } })
        case .instants(let elements): ArrayLiteral.encode(elements.map { $0.map { TimestampText.encode($0) } })
        }
    }

    private static func text(of flag: Bool) -> String { flag ? "t" : "f" }

    private static func text(of bytes: [UInt8]) -> String { "\\x" + Hex.encode(bytes) }
}

/// Shorter ways to write values that may be absent, and ids.
extension PostgresValue {
    /// The text, or NULL.
    package static func text(_ text: String?) -> Self { text.map { .text($0) } ?? .null }

    /// The number, or NULL.
    package static func integer(_ number: Int64?) -> Self { number.map { .integer($0) } ?? .null }

    /// The number in the server's widest integer.
    package static func integer(_ number: Int) -> Self { .integer(Int64(number)) }

    /// The number, or NULL.
    package static func integer(_ number: Int?) -> Self { number.map { .integer(Int64($0)) } ?? .null }

    /// The flag, or NULL.
    package static func boolean(_ flag: Bool?) -> Self { flag.map { .boolean($0) } ?? .null }

    /// The bytes, or NULL.
    package static func bytes(_ bytes: [UInt8]?) -> Self { bytes.map { .bytes($0) } ?? .null }

    /// The instant, or NULL.
    package static func instant(_ instant: Instant?) -> Self { instant.map { .instant($0) } ?? .null }

    /// The JSON text, or NULL.
    package static func json(_ json: String?) -> Self { json.map { .json($0) } ?? .null }

    /// An id as a uuid.
    package static func id<Subject>(_ id: Identifier<Subject>) -> Self { .uuid(id.description) }

    /// An id as a uuid, or NULL.
    package static func id<Subject>(_ id: Identifier<Subject>?) -> Self { id.map { .uuid($0.description) } ?? .null }

    /// Ids as a uuid array.
    package static func ids<Subject>(_ ids: [Identifier<Subject>]) -> Self { .uuids(ids.map(\.description)) }

    /// Ids as a uuid array, NULL where there is none.
    package static func ids<Subject>(_ ids: [Identifier<Subject>?]) -> Self { .uuids(ids.map { $0?.description }) }

    /// Whole seconds, or any duration, as an interval.
    package static func interval(_ duration: Duration) -> Self { .text("\(duration.wholeMicroseconds) microseconds") }
}

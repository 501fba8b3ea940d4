// SPDX-License-Identifier: Apache-2.0

/// A request body of the contract.
///
/// JSON decoders ignore keys they do not know; ``keyPaths`` lets the edge refuse them before decoding.
package protocol APIRequest: Codable, Sendable {
    /// Every key path that may stand in the body: `user`, `phones[].number`.
    static var keyPaths: Set<String> { get }
}

/// One page of a list.
package struct Page<Item: Codable & Sendable>: Codable, Sendable {
    package let items: [Item]
    /// Pass it as `cursor` for the next page; null on the last one.
    package let next: String?

    package init(items: [Item], next: String?) {
        self.items = items
        self.next = next
    }

    private enum CodingKeys: CodingKey { case items, next }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(items, forKey: .items)
        // Written out even when null: a reader of a list always finds the key.
        try container.encode(next, forKey: .next)
    }
}

/// Bounds of lists.
package enum PageLimits {
    package static let limitDefault = 50
    package static let limitMax = 200
}

/// RFC 9457 problem details as the contract writes them.
package struct ProblemResponse: Codable, Sendable {
    package let type: String
    package let title: String
    package let status: Int
    package let code: String
    package let detail: String?
    package let requestId: String?
}

/// The body of a POST of which nothing more is to be said: an empty object.
package struct EmptyRequest: APIRequest {
    package static let keyPaths: Set<String> = []

    package init() {}
}

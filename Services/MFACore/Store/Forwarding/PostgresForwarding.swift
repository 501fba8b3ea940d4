// SPDX-License-Identifier: Apache-2.0
package import Postgres
package import Primitives

/// How far a receiver of the audit is, in the order of the hash chain: no row comes in before one that was sent.
///
/// One copy at a time sends: the one that holds the receiver's row, for a while and again. No transaction is open while
/// it sends, since a connection lasts longer than a database should wait for anybody's receiver.
package struct PostgresForwarding: Sendable {
    /// What is sent next.
    package struct Page: Sendable {
        package let rows: [ForwardedRow]
        /// Whether there may be more at once.
        package let isFull: Bool
    }

    /// What the receiver lacks.
    package struct Lag: Sendable {
        package let rows: Int64
        /// How long the first of them has waited; 0 when it lacks none.
        package let seconds: Int64
    }

    private let client: PostgresClient
    private let receiver: String
    private let holder: String

    /// - Parameters:
    ///   - receiver: a receiver's name; what each has is remembered by it.
    ///   - instance: names this copy.
    package init(client: PostgresClient, receiver: String, instance: String, random: any RandomSource) {
        self.client = client
        self.receiver = receiver
        // Two containers may have one host name and the same process id.
        holder = "\(instance):\(Hex.encode(random.bytes(4)))"
    }

    /// Takes the receiver for this copy, or keeps it.
    ///
    /// - Parameter hold: for how long it may send without asking again.
    /// - Returns: up to which link the receiver has everything; nil while another copy is at it.
    package func claim(for hold: Duration) async throws(PostgresError) -> Int64? {
        let values: [PostgresValue] = [.text(receiver), .text(holder), .interval(hold)]
        return try await client.execute(ForwardingStatements.claim, values).first?.integer("seq")
    }

    /// The rows behind a link.
    package func page(after seq: Int64) async throws(PostgresError) -> Page {
        let found = try await client.query(ForwardingStatements.page, [.integer(seq)], deadline: .seconds(30))
        var rows: [ForwardedRow] = []
        for row in found { rows.append(try ForwardedRow(row)) }
        let links = try found.first?.integer("links") ?? 0
        return Page(
            rows: rows, isFull: links == Int64(ForwardingStatements.pageMax) || Int64(rows.count) < links)
    }

    /// Remembers that the receiver has everything up to a link.
    ///
    /// - Returns: false when another copy has taken the receiver meanwhile; then nothing is remembered.
    package func advance(to seq: Int64) async throws(PostgresError) -> Bool {
        let values: [PostgresValue] = [.text(receiver), .text(holder), .integer(seq)]
        return try await !client.execute(ForwardingStatements.advance, values).isEmpty
    }

    /// Lets go of the receiver, so that another copy goes on at once.
    package func release() async throws(PostgresError) {
        _ = try await client.execute(
            ForwardingStatements.release, [.text(receiver), .text(holder)], deadline: .seconds(1))
    }

    /// What the receiver lacks of what is chained.
    package func lag() async throws(PostgresError) -> Lag {
        let row = try await client.query(ForwardingStatements.lag, [.text(receiver)]).first
        return Lag(
            rows: try row?.integer("rows") ?? 0, seconds: max(0, try row?.optionalInteger("seconds") ?? 0))
    }
}

// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// Columns that are arrays of one dimension.
extension Row {
    /// A text array, NULL elements kept.
    package func optionalTexts(_ column: String) throws(PostgresError) -> [String?] {
        try required(column, try parsed(column, "an array") { ArrayLiteral.decode($0.utf8) })
    }

    /// A text array (or one of an enum, inet …) without NULL elements.
    package func texts(_ column: String) throws(PostgresError) -> [String] {
        try elements(column, "text") { $0 }
    }

    /// An array of whole numbers without NULL elements.
    package func integers(_ column: String) throws(PostgresError) -> [Int64] {
        try elements(column, "a whole number") { Int64($0) }
    }

    /// A boolean array without NULL elements.
    package func booleans(_ column: String) throws(PostgresError) -> [Bool] {
        try elements(column, "a boolean") { $0 == "t" ? true : $0 == "f" ? false : nil }
    }

    /// A bytea array without NULL elements.
    package func bytesArray(_ column: String) throws(PostgresError) -> [[UInt8]] {
        try elements(column, "bytes") { Self.bytes(fromText: $0) }
    }

    /// A timestamptz array without NULL elements.
    package func instants(_ column: String) throws(PostgresError) -> [Instant] {
        try elements(column, "a time") { TimestampText.decode($0) }
    }

    /// A timestamptz array, NULL elements kept.
    package func optionalInstants(_ column: String) throws(PostgresError) -> [Instant?] {
        var instants: [Instant?] = []
        for element in try optionalTexts(column) {
            let instant = element.flatMap { TimestampText.decode($0) }
            guard (element == nil) == (instant == nil) else {
                throw PostgresError(.decoding, "an element of column “\(column)” is not a time")
            }
            instants.append(instant)
        }
        return instants
    }

    /// A uuid array without NULL elements, as ids.
    package func ids<Subject>(
        _ column: String, as _: Identifier<Subject>.Type = Identifier<Subject>.self
    ) throws(PostgresError) -> [Identifier<Subject>] {
        try elements(column, "a uuid") { Identifier<Subject>($0) }
    }

    private func elements<Value>(
        _ column: String, _ expected: String, _ parse: (String) -> Value?
    ) throws(PostgresError) -> [Value] {
        var values: [Value] = []
        for element in try optionalTexts(column) {
            guard let element, let value = parse(element) else {
                throw PostgresError(.decoding, "an element of column “\(column)” is not \(expected)")
            }
            values.append(value)
        }
        return values
    }
}

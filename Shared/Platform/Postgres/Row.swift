// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// One row of a result; columns are read by name, and a wrong name, type or NULL is an error, never a trap.
package struct Row: Sendable {
    let result: ResultSet
    let index: Int32

    /// Whether the column is NULL.
    package func isNull(_ column: String) throws(PostgresError) -> Bool {
        try raw(column) == nil
    }

    /// The text form of any column.
    package func text(_ column: String) throws(PostgresError) -> String {
        try required(column, try raw(column))
    }

    /// The text form, or nil for NULL.
    package func optionalText(_ column: String) throws(PostgresError) -> String? {
        try raw(column)
    }

    /// A whole number of any width.
    package func integer(_ column: String) throws(PostgresError) -> Int64 {
        try required(column, try optionalInteger(column))
    }

    /// A whole number, or nil for NULL.
    package func optionalInteger(_ column: String) throws(PostgresError) -> Int64? {
        try parsed(column, "a whole number") { Int64($0) }
    }

    /// A boolean.
    package func boolean(_ column: String) throws(PostgresError) -> Bool {
        try required(column, try optionalBoolean(column))
    }

    /// A boolean, or nil for NULL.
    package func optionalBoolean(_ column: String) throws(PostgresError) -> Bool? {
        try parsed(column, "a boolean") { $0 == "t" ? true : $0 == "f" ? false : nil }
    }

    /// A bytea.
    package func bytes(_ column: String) throws(PostgresError) -> [UInt8] {
        try required(column, try optionalBytes(column))
    }

    /// A bytea, or nil for NULL.
    package func optionalBytes(_ column: String) throws(PostgresError) -> [UInt8]? {
        try parsed(column, "bytes") { Self.bytes(fromText: $0) }
    }

    /// A timestamptz.
    package func instant(_ column: String) throws(PostgresError) -> Instant {
        try required(column, try optionalInstant(column))
    }

    /// A timestamptz, or nil for NULL.
    package func optionalInstant(_ column: String) throws(PostgresError) -> Instant? {
        try parsed(column, "a time") { TimestampText.decode($0) }
    }

    /// A uuid as the id of what the context asks for.
    package func id<Subject>(
        _ column: String, as _: Identifier<Subject>.Type = Identifier<Subject>.self
    ) throws(PostgresError) -> Identifier<Subject> {
        try required(column, try optionalID(column))
    }

    /// A uuid as an id, or nil for NULL.
    package func optionalID<Subject>(
        _ column: String, as _: Identifier<Subject>.Type = Identifier<Subject>.self
    ) throws(PostgresError) -> Identifier<Subject>? {
        try parsed(column, "a uuid") { Identifier<Subject>($0) }
    }

    /// Appends the text form of the value at a position, counted from 0; false for NULL, which appends nothing. For walks
    /// over millions of rows, where a name and a string for each value would take longer than the work itself.
    package func append(valueAt position: Int, to buffer: inout [UInt8]) -> Bool {
        result.withValue(row: index, column: Int32(position)) { buffer.append(contentsOf: $0) } != nil
    }

    static func bytes(fromText text: String) -> [UInt8]? {
        text.hasPrefix("\\x") ? Hex.decode(text.dropFirst(2)) : nil
    }

    /// The text of the column, nil for NULL.
    private func raw(_ column: String) throws(PostgresError) -> String? {
        guard let position = result.column(column) else {
            throw PostgresError(.decoding, "there is no column “\(column)”")
        }
        return result.withValue(row: index, column: position) { String(decoding: $0, as: UTF8.self) }
    }

    func parsed<Value>(
        _ column: String, _ expected: String, _ parse: (String) -> Value?
    ) throws(PostgresError) -> Value? {
        guard let text = try raw(column) else { return nil }
        guard let value = parse(text) else {
            throw PostgresError(.decoding, "column “\(column)” is not \(expected)")
        }
        return value
    }

    func required<Value>(_ column: String, _ value: Value?) throws(PostgresError) -> Value {
        guard let value else { throw PostgresError(.decoding, "column “\(column)” is NULL") }
        return value
    }
}

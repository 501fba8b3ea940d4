// SPDX-License-Identifier: Apache-2.0

/// A statement with its parameters as the C strings that libpq wants, built on the caller's side.
struct BoundStatement: Sendable {
    let statement: Statement
    /// All values one after another, each ended by NUL.
    private let storage: [UInt8]
    /// Where each value begins; -1 for NULL.
    private let offsets: [Int]

    /// - Throws: `.statement` with SQLSTATE 22021 for a NUL inside a value. PostgreSQL cannot store one, and a C string
    ///   would silently end there, which could turn one name into another.
    init(_ statement: Statement, _ values: [PostgresValue]) throws(PostgresError) {
        guard values.count <= Limits.parametersMax else {
            throw PostgresError(.statement(sqlState: "54023"), "\(statement.name): more than 65535 parameters")
        }
        var storage: [UInt8] = []
        var offsets: [Int] = []
        offsets.reserveCapacity(values.count)
        for (index, value) in values.enumerated() {
            guard let text = value.encoded else {
                offsets.append(-1)
                continue
            }
            let start = storage.count
            storage.append(contentsOf: text.utf8)
            guard !storage[start...].contains(0) else {
                throw PostgresError(
                    .statement(sqlState: "22021"), "\(statement.name): parameter \(index + 1) contains a NUL")
            }
            storage.append(0)
            offsets.append(start)
        }
        self.statement = statement
        self.storage = storage
        self.offsets = offsets
    }

    var parameterCount: Int32 { Int32(offsets.count) }

    /// Lends the values as an array of C strings.
    func withParameters<R>(_ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> R) -> R {
        storage.withUnsafeBytes { bytes in
            let texts = bytes.bindMemory(to: CChar.self)
            let pointers = offsets.map { offset in offset < 0 ? nil : texts.baseAddress?.advanced(by: offset) }
            return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
        }
    }
}

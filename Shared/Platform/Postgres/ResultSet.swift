// SPDX-License-Identifier: Apache-2.0

internal import CLibPQ
internal import Synchronization

/// One result of libpq, released with the last row that refers to it.
///
/// `@unchecked Sendable`: a PGresult is never changed after libpq has handed it over, so reading it from several
/// threads is sound.
final class ResultSet: @unchecked Sendable {
    private let handle: OpaquePointer
    private let expected = Atomic<Int32>(0)

    init(_ handle: OpaquePointer) {
        self.handle = handle
    }

    deinit {
        PQclear(handle)
    }

    var status: ExecStatusType { PQresultStatus(handle) }

    var rowCount: Int { Int(PQntuples(handle)) }

    var rows: [Row] { (0..<PQntuples(handle)).map { Row(result: self, index: $0) } }

    /// Such as `COMMIT`, `ROLLBACK` or `INSERT 0 1`.
    var commandTag: String { PQcmdStatus(handle).map { String(cString: $0) } ?? "" }

    /// The column's position, or nil; names are compared exactly.
    ///
    /// Looks first behind the column found last: rows are read in about the order of their columns, and a person's row
    /// has forty of them.
    func column(_ name: String) -> Int32? {
        let (count, first) = (PQnfields(handle), expected.load(ordering: .relaxed))
        return name.withCString { wanted in
            for offset in 0..<count {
                let column = (first + offset) % count
                var left = wanted
                guard var right = UnsafePointer(PQfname(handle, column)) else { continue }
                while left.pointee == right.pointee {
                    if left.pointee == 0 {
                        expected.store(column + 1, ordering: .relaxed)
                        return column
                    }
                    left += 1
                    right += 1
                }
            }
            return nil
        }
    }

    /// Lends the bytes of a value to `body`; nil for NULL.
    func withValue<R>(row: Int32, column: Int32, _ body: (UnsafeBufferPointer<UInt8>) -> R) -> R? {
        guard PQgetisnull(handle, row, column) == 0, let value = PQgetvalue(handle, row, column) else { return nil }
        let length = Int(PQgetlength(handle, row, column))
        return value.withMemoryRebound(to: UInt8.self, capacity: length) {
            body(UnsafeBufferPointer(start: $0, count: length))
        }
    }

    /// What the server reported when this is an error.
    var report: ServerReport { ServerReport(borrowing: handle) }
}

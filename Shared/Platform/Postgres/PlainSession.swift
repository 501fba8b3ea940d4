// SPDX-License-Identifier: Apache-2.0

internal import CLibPQ
internal import Foundation

/// One plain, blocking connection for work before or beside the service: migrations, setting up databases.
///
/// Unlike the client it takes several statements in one text, and has no deadline. Not Sendable: it is lent to one
/// thread that may block, by ``open(_:_:)``.
package final class PlainSession {
    private let handle: OpaquePointer
    private let notices = NoticeBox()

    private init(_ raw: RawConnection) {
        handle = raw.handle
        PQsetNoticeReceiver(handle, receiveNotice, Unmanaged.passUnretained(notices).toOpaque())
    }

    deinit {
        PQfinish(handle)
    }

    /// Connects, runs `body` on a thread that may block, and closes the connection.
    package static func open<R: Sendable>(
        _ configuration: PostgresConfiguration, _ body: @escaping @Sendable (PlainSession) throws -> R
    ) async throws -> R {
        let parameters = ConnectionParameters(configuration, Password(configuration.password))
        return try await withCheckedThrowingContinuation { continuation in
            // A thread of its own: a migrator may wait long for another one, and must not hold up a shared pool.
            let thread = Thread {
                continuation.resume(
                    with: Result {
                        let session = PlainSession(try parameters.connect().get())
                        try session.run(settings)
                        return try body(session)
                    })
            }
            thread.name = "postgres-plain"
            thread.start()
        }
    }

    /// Decoding relies on these; a role's defaults must not decide, nor hide a warning about a commit.
    private static let settings = """
        set datestyle = 'ISO, YMD'; set timezone = 'UTC'; set bytea_output = 'hex';
        set client_min_messages = 'warning'
        """

    /// Runs one or more statements; the rows are the last one's.
    @discardableResult
    package func run(_ sql: String) throws(PostgresError) -> [Row] {
        try rows(of: PQexec(handle, sql), label: "script")
    }

    /// Runs one statement with parameters.
    @discardableResult
    package func run(_ statement: Statement, _ values: [PostgresValue]) throws(PostgresError) -> [Row] {
        let bound = try BoundStatement(statement, values)
        let result = bound.withParameters { values in
            PQexecParams(handle, statement.sql, bound.parameterCount, nil, values, nil, nil, 0)
        }
        return try rows(of: result, label: statement.name)
    }

    /// Runs `body` between BEGIN and COMMIT; an error rolls back.
    ///
    /// - Throws: `.outcomeUnknown` when COMMIT was sent and not cleanly answered, a WARNING included.
    package func transaction(_ body: () throws -> Void) throws {
        try run("begin")
        do {
            try body()
            guard PQtransactionStatus(handle) == PQTRANS_INTRANS else {
                throw PostgresError(.rolledBack, "the transaction was ended inside")
            }
        } catch {
            // The first error is the one to tell; a failing ROLLBACK means the connection is gone, and so is its work.
            _ = try? run("rollback")
            throw error
        }
        try commit()
    }

    private func commit() throws(PostgresError) {
        notices.warning = nil
        guard let raw = PQexec(handle, "commit") else {
            throw PostgresError(.outcomeUnknown, "COMMIT had no answer")
        }
        let result = ResultSet(raw)
        guard result.status == PGRES_COMMAND_OK else {
            let report = result.report
            if report.endsSession { throw PostgresError(.outcomeUnknown, "commit: \(report.message)") }
            throw report.error(in: "commit")
        }
        if let warning = notices.warning { throw PostgresError(.outcomeUnknown, "the server warned: \(warning)") }
        guard result.commandTag == "COMMIT" else {
            throw PostgresError(.rolledBack, "COMMIT was answered with \(result.commandTag)")
        }
    }

    private func rows(of raw: OpaquePointer?, label: String) throws(PostgresError) -> [Row] {
        guard let raw else { throw PostgresError(.unavailable, "\(label): libpq gave no result") }
        let result = ResultSet(raw)
        switch result.status {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: return result.rows
        default:
            let report = result.report
            if report.endsSession { throw PostgresError(.unavailable, "\(label): \(report.message)") }
            throw report.error(in: label)
        }
    }
}

private final class NoticeBox {
    var warning: String?
}

/// libpq keeps the result; only its fields may be read.
private func receiveNotice(_ context: UnsafeMutableRawPointer?, _ result: OpaquePointer?) {
    guard let context, let result else { return }
    let report = ServerReport(borrowing: result)
    if report.isWarning { Unmanaged<NoticeBox>.fromOpaque(context).takeUnretainedValue().warning = report.message }
}

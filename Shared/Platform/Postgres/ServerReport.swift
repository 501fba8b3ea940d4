// SPDX-License-Identifier: Apache-2.0

internal import CLibPQ

/// What the server said in an error or a notice, reduced to what may stand in a log.
struct ServerReport {
    let severity: String?
    let sqlState: String?
    let message: String
    let constraint: String?

    /// Reads the fields of a PGresult that stays the caller's.
    init(borrowing result: OpaquePointer) {
        func field(_ code: DiagnosticField) -> String? {
            PQresultErrorField(result, code.rawValue).map { String(cString: $0) }
        }
        severity = field(.severity)
        sqlState = field(.sqlState)
        constraint = field(.constraint)
        let message = field(.primaryMessage) ?? PQresultErrorMessage(result).map { String(cString: $0) } ?? ""
        self.message = Self.withoutValues(message.onOneLine, sqlState: sqlState)
    }

    /// Whether the session ended with this report: then nothing is known about a commit on its way.
    ///
    /// libpq's own reports about a lost connection have no SQLSTATE.
    var endsSession: Bool {
        guard let sqlState, let severity else { return true }
        return severity == "FATAL" || severity == "PANIC" || sqlState.hasPrefix("57P") || sqlState.hasPrefix("08")
    }

    /// Severity is compared untranslated; the text is in the server's language.
    var isWarning: Bool { severity == "WARNING" }

    /// Whether the session should be replaced: its server no longer takes writes, or it lost or outlived its prepared
    /// statements (`cached plan must not change result type` after a migration).
    var makesSessionUnfit: Bool { ["25006", "26000", "0A000"].contains(sqlState) }

    func error(in statement: String) -> PostgresError {
        PostgresError(
            .statement(sqlState: sqlState ?? "XX000"), "\(statement): \(message) (\(sqlState ?? "no SQLSTATE"))",
            constraint: constraint)
    }

    /// Messages of class 22 (data exceptions) quote the offending value, which may be a secret: what stands between
    /// the first and the last quotation mark goes.
    static func withoutValues(_ message: String, sqlState: String?) -> String {
        guard sqlState?.hasPrefix("22") == true, let first = message.firstIndex(of: "\""),
            let last = message.lastIndex(of: "\"")
        else { return message }
        return message[...first] + "…" + message[last...]
    }
}

/// The fields of a server report that are used (libpq's `PG_DIAG_…`, protocol documentation §55.8).
private enum DiagnosticField: Int32 {
    /// The severity in English whatever the server's language.
    case severity = 86  // 'V'
    case sqlState = 67  // 'C'
    case primaryMessage = 77  // 'M'
    case constraint = 110  // 'n'
}

extension String {
    /// Line ends and tabs become spaces, and none are left at the end.
    var onOneLine: String {
        split { $0.isNewline || $0 == "\t" }.joined(separator: " ")
    }
}

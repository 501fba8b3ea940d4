// SPDX-License-Identifier: Apache-2.0

internal import CLibPQ
internal import Primitives

/// The keyword and value arrays for libpq, made so that a password never becomes part of a command line or a log.
struct ConnectionParameters: Sendable {
    private let pairs: [(keyword: String, value: String)]
    private let password: Password

    init(_ configuration: PostgresConfiguration, _ password: Password) {
        // libpq lets later ones win, and spreads the URL at the place of `dbname`: what stands before is a default,
        // what stands after is not negotiable. connect_timeout below two seconds counts as two.
        pairs = [
            ("connect_timeout", String(max(2, configuration.connectTimeout.secondsRoundedUp))),
            // A peer that vanished is given up after ten seconds, whether something was sent to it or it was only listened
            // to: probes count too, so the first one goes out well before.
            ("tcp_user_timeout", "10000"),
            ("keepalives_idle", "4"), ("keepalives_interval", "2"), ("keepalives_count", "3"),
            ("target_session_attrs", "read-write"),
            ("fallback_application_name", configuration.applicationName),
            // Nobody here speaks Kerberos unless the URL says so; asking for it costs a round trip for each connection.
            ("gssencmode", "disable"),
            // Statements are prepared once and find their rows by keys, whatever the values are: planning them anew for
            // each execution would cost more than executing them.
            ("options", "-c plan_cache_mode=force_generic_plan"),
            ("dbname", configuration.url),
            ("client_encoding", "UTF8"),
        ]
        self.password = password
    }

    /// Connects and waits for it: hosts one after another, each with its time-out, names resolved, TLS and
    /// authentication done. Blocks; call it from a thread that may.
    func connect() -> Result<RawConnection, PostgresError> {
        var pairs = pairs
        password.present?.withBytes { pairs.append(("password", String(decoding: $0, as: UTF8.self))) }
        let storage = pairs.flatMap { [$0.keyword, $0.value] }.map { Array($0.utf8CString) }
        let handle = withPointers(to: storage[...], []) { texts in
            let keywords = stride(from: 0, to: texts.count, by: 2).map { texts[$0] } + [nil]
            let values = stride(from: 1, to: texts.count, by: 2).map { texts[$0] } + [nil]
            return PQconnectdbParams(keywords, values, 1)
        }
        guard let handle else { return .failure(PostgresError(.unavailable, "libpq is out of memory")) }
        guard PQstatus(handle) == CONNECTION_OK else {
            let message = PQerrorMessage(handle).map { String(cString: $0).onOneLine } ?? ""
            PQfinish(handle)
            return .failure(PostgresError(.unavailable, "cannot connect: \(message)"))
        }
        return .success(RawConnection(handle: handle))
    }

    private func withPointers<R>(
        to storage: ArraySlice<[CChar]>, _ pointers: [UnsafePointer<CChar>?], _ body: ([UnsafePointer<CChar>?]) -> R
    ) -> R {
        guard let first = storage.first else { return body(pointers) }
        return first.withUnsafeBufferPointer { text in
            withPointers(to: storage.dropFirst(), pointers + [text.baseAddress], body)
        }
    }
}

/// A PGconn on its way from the thread that opened it to the one that will use it.
///
/// `@unchecked Sendable`: only one thread has it at a time.
struct RawConnection: @unchecked Sendable {
    let handle: OpaquePointer
}

extension RawConnection {
    /// Closes a connection that nobody wants any more.
    func discard() {
        PQfinish(handle)
    }
}

// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import Glibc

/// Key and certificate of a PostgreSQL server for tests and the authority that signed them, made by openssl as
/// docs/operating/install.md has it.
package struct DatabaseTLS: Sendable {
    /// The names and addresses that the certificate is good for; nothing resolves the name.
    package static let hosts = ["db.example.org", "127.0.0.1"]

    /// What makes a server speak TLS.
    package let settings: [String: String]
    /// The authority's certificate, a file that everybody may read.
    package let authority: String

    /// A new authority with one certificate; the files are removed at the end of this process at the latest.
    package static func make() async throws -> DatabaseTLS {
        let folder = try Workshop.temporaryFolder(mode: 0o755)
        let end = try await ChildProcess.run(.init("/bin/sh", ["-e", "-c", script, "sh"] + hosts, folder: folder))
        guard end.status == 0 else { throw TestKitError("openssl made no certificate: \(end.errors)") }
        let key = "\(folder)/server.key"
        // The server takes a key of its own user only; as root it runs as postgres.
        if geteuid() == 0, let user = getpwnam("postgres") {
            guard chown(key, user.pointee.pw_uid, user.pointee.pw_gid) == 0 else {
                throw TestKitError("\(key) cannot be given to postgres.")
            }
        }
        return DatabaseTLS(
            settings: ["ssl": "on", "ssl_cert_file": "\(folder)/server.pem", "ssl_key_file": key],
            authority: "\(folder)/database-ca.pem")
    }

    private static let script = """
        key='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
        openssl req -x509 $key -days 3650 -subj '/CN=database authority' -keyout ca.key -out database-ca.pem
        openssl req $key -subj "/CN=$1" -keyout server.key -out server.csr
        printf 'subjectAltName=DNS:%s,IP:%s\\n' "$1" "$2" > names
        openssl x509 -req -in server.csr -CA database-ca.pem -CAkey ca.key -CAcreateserial -days 398 \\
            -extfile names -out server.pem
        rm ca.key server.csr
        chmod 644 database-ca.pem server.pem
        chmod 600 server.key
        """
}

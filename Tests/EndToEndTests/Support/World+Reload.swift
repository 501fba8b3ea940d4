// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing
import TestKit

extension World {
    /// The configuration file of a copy.
    func configurationFile(of copy: ServiceProcess) -> String { "\(folder)/configuration/\(copy.name).yaml" }

    /// Writes a copy's configuration anew, with `changes` to what it would be.
    func configure(_ copy: ServiceProcess, _ changes: [String: String] = [:]) async throws {
        let values = try await settings(of: copy.service).merging(changes) { $1 }
        try Workshop.write(SettingsFile(values).yaml, to: configurationFile(of: copy))
    }

    /// Sends SIGHUP and waits until the copy has read everything again.
    func reload(_ copy: ServiceProcess) async throws {
        let place = copy.log.count
        copy.process.signal(SIGHUP)
        _ = try #require(await copy.logs("reloaded", since: place), "\(copy.name) did not reload")
    }

    /// Sends SIGHUP and waits for the refusal: every fault that the log tells.
    func faults(ofReloading copy: ServiceProcess) async throws -> [String] {
        let place = copy.log.count
        copy.process.signal(SIGHUP)
        _ = try #require(
            await copy.logs("reload refused: everything stays as it was", since: place), "\(copy.name) did not refuse")
        return copy.log.lines(since: place).compactMap { line in
            let event = JSON(parsing: Array(line.utf8))
            return event?["message"]?.text == "fault in the configuration" ? event?["metadata"]?["fault"]?.text : nil
        }
    }

    /// Puts another file in the place of one that a service reads.
    func replace(_ target: String, with source: String) async throws {
        let end = try await ChildProcess.run(.init("/bin/cp", ["--preserve=mode", source, target]))
        try #require(end.status == 0, "\(end.errors)")
    }
}

/// An authority beside the suite's own, by openssl.
struct OtherAuthority {
    private let folder: String

    /// - Parameter folder: gets `ca.pem`, and a folder for each certificate.
    init(in folder: String) async throws {
        self.folder = folder
        try Workshop.write("", to: "\(folder)/names")
        try await openssl(
            ["req", "-x509"] + Self.newKey + ["-days", "3", "-subj", "/CN=Other authority"]
                + ["-keyout", "\(folder)/ca.key", "-out", "\(folder)/ca.pem"])
    }

    var certificate: String { "\(folder)/ca.pem" }

    /// A key and a certificate for a service on this machine, good for a day in all; the folder that holds them.
    ///
    /// - Parameter seconds: from now, after which its day is over.
    func issue(for service: Service, endingAfter seconds: Int = 86_400) async throws -> String {
        let out = "\(folder)/\(service.rawValue)"
        try Workshop.write(
            """
            subjectAltName=DNS:localhost,IP:127.0.0.1,URI:countersign://service/\(service.rawValue)
            extendedKeyUsage=serverAuth,clientAuth

            """, to: "\(out)/names")
        try await openssl(
            ["req"] + Self.newKey
                + ["-subj", "/CN=\(service.rawValue)", "-keyout", "\(out)/key.pem", "-out", "\(out)/request.pem"])
        try await openssl(
            ["x509", "-req", "-in", "\(out)/request.pem", "-CA", "\(folder)/ca.pem", "-CAkey", "\(folder)/ca.key"]
                + ["-CAcreateserial", "-days", "1", "-extfile", "\(out)/names", "-out", "\(out)/certificate.pem"],
            ahead: seconds - 86_400)
        return out
    }

    private static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]

    /// - Parameter ahead: seconds that openssl believes the time to be later than it is.
    private func openssl(_ arguments: [String], ahead: Int = 0) async throws {
        let time = "export FAKETIME=\(ahead) LD_PRELOAD=\"$(ls /usr/lib/*/faketime/libfaketime.so.1)\"; "
        let end = try await ChildProcess.run(
            .init("/bin/sh", ["-e", "-c", (ahead == 0 ? "" : time) + "exec /usr/bin/openssl \"$@\"", "sh"] + arguments))
        try #require(end.status == 0, "\(end.errors)")
    }
}

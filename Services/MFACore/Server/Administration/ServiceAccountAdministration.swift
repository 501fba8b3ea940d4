// SPDX-License-Identifier: Apache-2.0
import MFAAPI
import MFACoreStore
import MFADomain
import NIOSSL
import Primitives
import ServiceRuntime

/// What `service-account add`, `list`, `rotate`, `set`, `disable` and `remove` do; none of them needs the master key.
package enum ServiceAccountAdministration {
    private static let networksMax = 64
    private static let certificatesMax = 8
    /// A quarter of a year: a credential that lives on for longer was not rotated.
    private static let overlapSecondsMax = 90 * 86_400

    /// What `add` is given.
    package struct Wish: Sendable {
        package var scopes: [String]
        package var application: String?
        package var networks: [String]
        package var certificates = CertificateWish()
        package var limits = LimitWish()
        /// Whether the account gets a secret.
        package var hasSecret = true

        package init(scopes: [String], application: String?, networks: [String]) {
            self.scopes = scopes
            self.application = application
            self.networks = networks
        }
    }

    /// Client certificates as the command line names them.
    package struct CertificateWish: Sendable {
        /// PEM files.
        package var files: [String]
        /// `URI:…` or `DNS:…`.
        package var names: [String]

        package init(files: [String] = [], names: [String] = []) {
            self.files = files
            self.names = names
        }

        /// Whether there is none.
        package var isEmpty: Bool { files.isEmpty && names.isEmpty }
    }

    /// Limits as the command line names them; nil is everybody's.
    package struct LimitWish: Sendable {
        package var ratePerSecond: Int?
        package var concurrencyMax: Int?
        package var waitingMax: Int?

        package init(ratePerSecond: Int? = nil, concurrencyMax: Int? = nil, waitingMax: Int? = nil) {
            self.ratePerSecond = ratePerSecond
            self.concurrencyMax = concurrencyMax
            self.waitingMax = waitingMax
        }
    }

    /// Adds an account; its secret stands in the report and can never be shown again.
    package static func add(_ name: String, _ wish: Wish, _ options: CommandOptions) async throws -> CommandReport {
        let account = NewServiceAccount(
            id: SystemRandomSource().identifier(), name: try checkedName(name),
            scopes: try checkedScopes(wish.scopes), application: try checkedApplication(wish.application),
            networks: try checkedNetworks(wish.networks), limits: try checked(wish.limits),
            certificates: try marks(wish.certificates, of: name))
        guard wish.hasSecret || !account.certificates.isEmpty else {
            throw CommandFault.usage("An account without a secret needs a --certificate or --certificate-san.")
        }
        return try await CommandDatabase.run(options) { client in
            let secret = wish.hasSecret ? ServiceAccountSecret(random: SystemRandomSource()) : nil
            try await PostgresServiceAccountStore(client: client, instance: CommandLineCaller.host)
                .add(account, secret: secret, caller: CommandLineCaller.current)
            let report = ReportedAccount(account, secret: secret)
            return try CommandReport(report.facts + (secret == nil ? "" : Self.keepSecret), document: report)
        }
    }

    /// Accounts that are not removed.
    package static func list(_ options: CommandOptions) async throws -> CommandReport {
        try await CommandDatabase.run(options) { client in
            let items = try await PostgresServiceAccountStore(client: client, instance: CommandLineCaller.host)
                .list().map { ReportedAccount($0) }
            return try CommandReport(
                ReportedAccount.table(items).text(empty: "There is no service account."),
                document: ReportedItems(items))
        }
    }

    /// Gives the account another secret, or other certificates; the present ones end after the overlap.
    package static func rotate(
        _ name: String, certificates: CertificateWish, overlapSeconds: Int, _ options: CommandOptions
    ) async throws -> CommandReport {
        guard (0...overlapSecondsMax).contains(overlapSeconds) else {
            throw CommandFault.usage("--overlap-seconds: expected 0 to \(overlapSecondsMax).")
        }
        let marks = try marks(certificates, of: name)
        return try await CommandDatabase.run(options) { client in
            let store = PostgresServiceAccountStore(client: client, instance: CommandLineCaller.host)
            let overlap = Duration.seconds(overlapSeconds)
            var report = ReportedRotation(name: name, overlapSeconds: overlapSeconds)
            if marks.isEmpty {
                let secret = ServiceAccountSecret(random: SystemRandomSource())
                try await store.rotate(name, to: secret, overlap: overlap, caller: CommandLineCaller.current)
                report.secret = secret.text.withBytes { String(decoding: $0, as: UTF8.self) }
            } else {
                try await store.rotate(
                    name, toCertificates: marks, overlap: overlap, caller: CommandLineCaller.current)
                report.certificates = marks
            }
            return try CommandReport(report.facts + (marks.isEmpty ? keepSecret : ""), document: report)
        }
    }

    /// Gives the account limits of its own.
    package static func set(
        _ name: String, _ limits: LimitWish, _ options: CommandOptions
    ) async throws -> CommandReport {
        let limits = try checked(limits)
        return try await CommandDatabase.run(options) { client in
            try await PostgresServiceAccountStore(client: client, instance: CommandLineCaller.host)
                .setLimits(name, limits, caller: CommandLineCaller.current)
            return try CommandReport(
                "Service account \(name) has its limits.\n", document: ReportedAct(name: name, state: "limited"))
        }
    }

    private static let keepSecret = "Keep the secret now: it is not stored and cannot be shown again.\n"

    /// Refuses the account from now on.
    package static func disable(_ name: String, _ options: CommandOptions) async throws -> CommandReport {
        try await CommandDatabase.run(options) { client in
            let isChanged = try await PostgresServiceAccountStore(client: client, instance: CommandLineCaller.host)
                .disable(name, caller: CommandLineCaller.current)
            return try CommandReport(
                isChanged ? "Disabled service account \(name).\n" : "Service account \(name) is disabled already.\n",
                document: ReportedAct(name: name, state: "disabled"))
        }
    }

    /// Ends the account for good.
    package static func remove(_ name: String, _ options: CommandOptions) async throws -> CommandReport {
        try await CommandDatabase.run(options) { client in
            try await PostgresServiceAccountStore(client: client, instance: CommandLineCaller.host)
                .remove(name, caller: CommandLineCaller.current)
            return try CommandReport(
                "Removed service account \(name); its name stays taken.\n",
                document: ReportedAct(name: name, state: "removed"))
        }
    }

    private static func checkedName(_ name: String) throws -> String {
        let isClean = name.utf8.allSatisfy { character in
            switch character {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard (1...64).contains(name.utf8.count), isClean else {
            throw CommandFault.usage("The name of a service account is 1 to 64 of a–z, 0–9, “.”, “_” and “-”.")
        }
        return name
    }

    private static func checkedScopes(_ texts: [String]) throws -> [String] {
        var scopes: [Scope] = []
        for text in texts {
            guard let scope = Scope(rawValue: text) else {
                let known = Scope.allCases.map(\.rawValue).joined(separator: ", ")
                throw CommandFault.usage("There is no scope “\(text)”; expected some of \(known).")
            }
            if !scopes.contains(scope) { scopes.append(scope) }
        }
        guard !scopes.isEmpty else { throw CommandFault.usage("A service account needs at least one --scope.") }
        // Whoever takes over a service that the Internet reaches must not gain a second right with it.
        if scopes.count > 1, let lone = scopes.first(where: { $0 == .mobile || $0 == .portal }) {
            throw CommandFault.usage(
                "The scope \(lone.rawValue) stands alone: give the other scopes to an account of their own.")
        }
        return scopes.map(\.rawValue)
    }

    private static func checkedApplication(_ application: String?) throws -> String? {
        guard let application else { return nil }
        let isClean = application.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: false
            default: true
            }
        }
        guard (1...64).contains(application.count), isClean else {
            throw CommandFault.usage("The name of an application is 1 to 64 characters without line breaks.")
        }
        return application
    }

    /// What the certificates are known by: a file's by all of it.
    private static func marks(_ wish: CertificateWish, of name: String) throws -> [String] {
        guard wish.files.count + wish.names.count <= certificatesMax else {
            throw CommandFault.usage("At most \(certificatesMax) certificates.")
        }
        let files = try wish.files.map { path in
            guard let bytes = try? LocalFile.bytes(of: path, secret: false),
                let certificate = try? NIOSSLCertificate.fromPEMBytes(bytes).first,
                let der = try? certificate.toDERBytes()
            else { throw CommandFault.usage("“\(path)” holds no PEM certificate that can be read.") }
            return CertificateMark(der: der).description
        }
        let names = try wish.names.map { text in
            guard let mark = CertificateMark(parsing: text) else {
                throw CommandFault.usage(
                    "“\(text)” is no name such as URI:countersign://account/vpn or DNS:vpn.example.org.")
            }
            guard mark.mayStand(for: name) else {
                throw CommandFault.usage("“\(text)” names another account than “\(name)”.")
            }
            return mark.description
        }
        return files + names
    }

    private static func checked(_ limits: LimitWish) throws -> ServiceAccount.Limits {
        for (name, value, least) in [
            ("--rate-per-second", limits.ratePerSecond, 1), ("--concurrency-max", limits.concurrencyMax, 1),
            ("--waiting-max", limits.waitingMax, 0),
        ] {
            guard value.map({ (least...1_000_000).contains($0) }) ?? true else {
                throw CommandFault.usage("\(name): expected \(least) to 1000000.")
            }
        }
        return ServiceAccount.Limits(
            ratePerSecond: limits.ratePerSecond, concurrencyMax: limits.concurrencyMax, waitingMax: limits.waitingMax)
    }

    private static func checkedNetworks(_ texts: [String]) throws -> [String] {
        guard texts.count <= networksMax else { throw CommandFault.usage("At most \(networksMax) networks.") }
        return try texts.map { text in
            guard let network = IPNetwork(text) else {
                throw CommandFault.usage("“\(text)” is no network such as 10.0.0.0/8 or 2001:db8::/32.")
            }
            return network.description
        }
    }
}

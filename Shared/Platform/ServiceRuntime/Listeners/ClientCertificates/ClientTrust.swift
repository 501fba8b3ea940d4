// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
package import Primitives
import SwiftASN1
import Synchronization
import X509

/// Says whether a client's certificate, whose chain TLS has verified, is good now (R70).
///
/// | looked at | how |
/// |---|---|
/// | chain and signatures | by TLS in the handshake, with the authorities of `clientCA` |
/// | extended key usage | the certificate must say that it is for clients |
/// | validity | again at each request, since connections are kept |
/// | revocation | where lists are configured: of its issuer, and of each authority above it but the topmost |
///
/// Revocation fails closed: without a list of the issuer that can be read and has not run out, nobody comes in by
/// certificate. A session that is resumed is looked at like a new one.
package final class ClientTrust: Sendable {
    private struct Lists {
        var revoked: [DistinguishedName: Set<[UInt8]>] = [:]
        /// When the newest list of an issuer runs out.
        var ends: [DistinguishedName: Instant] = [:]
        var faults: [String] = ["not read yet"]
        var authorities: [Certificate] = []
    }

    /// How lists stand, for log and metrics.
    package struct Report: Sendable, Equatable {
        /// One sentence for each file that cannot be used.
        package let faults: [String]
        /// When the first list runs out; nil where there is none.
        package let firstEnd: Instant?

        /// What is wrong at `now`; empty when nothing is.
        package func complaints(at now: Instant) -> [String] {
            guard let firstEnd, firstEnd <= now else { return faults }
            return faults + ["a revocation list has run out at \(firstEnd)"]
        }
    }

    /// Authorities in a row; a longer chain is no chain of this world.
    private static let chainMax = 8

    /// Paths of the lists; empty where nobody is revoked.
    package let listFiles: [String]
    private let lists = Mutex(Lists())

    /// Reads the lists; what is wrong with them tells ``report``.
    ///
    /// - Parameter authorities: in DER; those that cannot be read are left out, and so are their lists.
    package init(authorities: [[UInt8]], listFiles: [String]) {
        self.listFiles = listFiles
        lists.withLock { $0.authorities = authorities.compactMap { try? Certificate(derEncoded: $0) } }
        reload()
    }

    /// How the lists stand.
    package var report: Report {
        lists.withLock { Report(faults: $0.faults, firstEnd: $0.ends.values.min()) }
    }

    /// Reads the lists anew. A file that cannot be used takes its lists away.
    package func reload() {
        let authorities = lists.withLock { $0.authorities }
        var fresh = Lists(faults: [], authorities: authorities)
        for path in listFiles {
            do {
                let file = try LocalFile.bytes(of: path, secret: false, bytesMax: LocalFile.listBytesMax)
                for list in try RevocationList.read(file, authorities: authorities) {
                    fresh.revoked[list.issuer, default: []].formUnion(list.revoked)
                    fresh.ends[list.issuer] = max(fresh.ends[list.issuer] ?? list.nextUpdate, list.nextUpdate)
                }
            } catch {
                fresh.faults.append("“\(path)” \(error)")
            }
        }
        lists.withLock { $0 = fresh }
    }

    /// Prepares to take over the authorities of a fresh configuration, and to read the lists anew.
    package func preparing(_ fresh: ClientTrust?) -> (@Sendable () -> Void)? {
        guard let fresh else { return nil }
        let authorities = fresh.lists.withLock { $0.authorities }
        return {
            self.lists.withLock { $0.authorities = authorities }
            self.reload()
        }
    }

    /// Prepares the same where the service may have started without asking for certificates.
    ///
    /// - Throws: when it is to begin with that now: what looks at certificates and their lists starts with the service, and
    ///   a listener that asks for them and does not look would be worse than one that does not ask.
    package static func preparing(_ present: ClientTrust?, as fresh: ClientTrust?) throws -> (@Sendable () -> Void)? {
        guard let present else {
            guard fresh == nil else {
                throw ListenerError(
                    description: "listener.clientCA: asking for client certificates begins with a restart")
            }
            return nil
        }
        return present.preparing(fresh)
    }

    /// Nil for a certificate that is good at `now`, else why it is not.
    package func objection(to certificate: ClientCertificate, at now: Instant) -> ClientObjection? {
        guard certificate.isForClients else { return .notForClients }
        guard now >= certificate.notBefore, now < certificate.notAfter else { return .expired }
        return listFiles.isEmpty ? nil : revocation(of: certificate, at: now)
    }

    private func revocation(of certificate: ClientCertificate, at now: Instant) -> ClientObjection? {
        var (serial, issuer) = (certificate.serial, certificate.issuer)
        return lists.withLock { lists in
            for _ in 0..<Self.chainMax {
                guard let end = lists.ends[issuer] else { return .noRevocationList }
                guard now < end else { return .revocationListExpired }
                if lists.revoked[issuer]?.contains(serial) == true { return .revoked }
                guard let authority = lists.authorities.first(where: { $0.subject == issuer }),
                    authority.issuer != authority.subject
                else { return nil }
                (serial, issuer) = (Array(authority.serialNumber.bytes), authority.issuer)
            }
            return .noRevocationList
        }
    }
}

/// Why a client's certificate is not good.
package enum ClientObjection: String, Sendable, CaseIterable {
    case unreadable
    case notForClients = "not_for_clients"
    case expired
    case revoked
    case noRevocationList = "no_revocation_list"
    case revocationListExpired = "revocation_list_expired"
}

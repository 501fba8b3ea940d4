// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOSSL
import Primitives
import ServiceRuntime
import Testing
import X509

/// R70: EKU, validity and revocation of a certificate whose chain TLS has verified.
struct ClientTrustTests {
    private let root: TestAuthority
    private let folder: TestFolder

    init() throws {
        root = try TestAuthority("Root")
        folder = try TestFolder()
    }

    private func trust(_ files: [String], with more: [TestAuthority] = []) throws -> ClientTrust {
        let authorities = try ([root] + more).flatMap { try $0.certificates }
        return ClientTrust(authorities: try authorities.map { try $0.toDERBytes() }, listFiles: files)
    }

    private func certificate(_ pair: TestAuthority.KeyPair) throws -> ClientCertificate {
        let first = try #require(try pair.certificates.first)
        return try #require(ClientCertificate(der: try first.toDERBytes()))
    }

    private func write(_ list: [UInt8], _ name: String = "list.crl") throws -> String {
        let path = folder.path(name)
        try Data(list).write(to: URL(filePath: path))
        return path
    }

    @Test func `a certificate is for clients when it says so`() throws {
        let trust = try trust([])
        let now = SystemClock.now()
        #expect(trust.objection(to: try certificate(root.issue(uses: [.clientAuth])), at: now) == nil)
        #expect(trust.objection(to: try certificate(root.issue(uses: [.serverAuth])), at: now) == .notForClients)
        #expect(trust.objection(to: try certificate(root.issue(uses: nil)), at: now) == .notForClients)
    }

    // R70: a listener never asks for certificates that nobody looks at.
    @Test func `asking for certificates cannot begin with a reload`() throws {
        let error = #expect(throws: ListenerError.self) {
            _ = try ClientTrust.preparing(nil, as: try trust([]))
        }
        #expect(error?.description.contains("listener.clientCA") == true)
        #expect(try ClientTrust.preparing(nil, as: nil) == nil)
        #expect(try ClientTrust.preparing(try trust([]), as: try trust([])) != nil)
    }

    @Test func `a certificate is good from its first second to its last`() throws {
        let (trust, known) = (try trust([]), try certificate(root.issue()))
        let now = SystemClock.now()
        #expect(trust.objection(to: known, at: now) == nil)
        #expect(trust.objection(to: known, at: now + .seconds(25 * 3600)) == .expired)
        #expect(trust.objection(to: known, at: now - .seconds(2 * 3600)) == .expired)
    }

    @Test func `knows an account by all of the certificate and by each of its names`() throws {
        let known = try certificate(root.issue(host: "VPN.example.org", uri: "countersign://account/vpn"))
        let marks = known.marks.map(\.description)
        #expect(marks.count == 3 && marks[0].hasPrefix("sha256:"))
        #expect(marks[1...] == ["uri:countersign://account/vpn", "dns:vpn.example.org"])
        #expect(ClientCertificate(der: []) == nil && ClientCertificate(der: [0x30, 0x00]) == nil)
    }

    @Test(arguments: [false, true])
    func `what a list names is revoked, all else is not`(asPEM: Bool) throws {
        let (bad, good) = (try root.issue(), try root.issue())
        let other = try root.issue()
        let path =
            asPEM
            ? try folder.file("list.pem", try root.revocationListPEM([other.serial, bad.serial]))
            : try write(try root.revocationList([other.serial, bad.serial]))
        let (trust, now) = (try trust([path]), SystemClock.now())
        #expect(trust.report.faults == [])
        #expect(trust.objection(to: try certificate(bad), at: now) == .revoked)
        #expect(trust.objection(to: try certificate(good), at: now) == nil)
    }

    @Test func `a list that has run out lets nobody in`() throws {
        let known = try certificate(root.issue())
        let (trust, now) = (try trust([try write(try root.revocationList(hours: -2...1))]), SystemClock.now())
        #expect(trust.objection(to: known, at: now) == nil)
        #expect(trust.report.complaints(at: now) == [])
        #expect(trust.objection(to: known, at: now + .seconds(2 * 3600)) == .revocationListExpired)
        #expect(trust.report.complaints(at: now + .seconds(2 * 3600)).count == 1)
    }

    @Test func `of several lists of one authority all hold, and the newest says how long`() throws {
        let (first, second) = (try root.issue(), try root.issue())
        let old = try write(try root.revocationList([first.serial], hours: -48 ... -1), "old.crl")
        let new = try write(try root.revocationList([second.serial]), "new.crl")
        let (trust, now) = (try trust([old, new]), SystemClock.now())
        for pair in [first, second] { #expect(trust.objection(to: try certificate(pair), at: now) == .revoked) }
    }

    @Test func `without a list of its issuer a certificate is refused`() throws {
        let other = try TestAuthority("Other")
        let (trust, now) = (try trust([try write(try root.revocationList())], with: [other]), SystemClock.now())
        #expect(trust.objection(to: try certificate(other.issue()), at: now) == .noRevocationList)
        #expect(trust.objection(to: try certificate(root.issue()), at: now) == nil)
    }

    @Test func `an authority that is revoked takes all of its certificates along`() throws {
        let between = try TestAuthority("Between", issuer: root)
        let known = try certificate(between.issue())
        let own = try write(try between.revocationList(), "between.crl")
        let now = SystemClock.now()
        for (revoked, expected) in [([], nil), ([between.serial], ClientObjection.revoked)] {
            let above = try write(try root.revocationList(revoked), "root.crl")
            #expect(try trust([own, above], with: [between]).objection(to: known, at: now) == expected)
        }
        #expect(try trust([own], with: [between]).objection(to: known, at: now) == .noRevocationList)
    }

    @Test(arguments: [
        TestAuthority.Flaw.noNextUpdate, .criticalExtension, .criticalEntry, .foreignSignature, .cutOff,
        .twoAlgorithms,
    ])
    func `a list that is less than it seems is none`(flaw: TestAuthority.Flaw) throws {
        let pair = try root.issue()
        let trust = try trust([try write(try root.revocationList([pair.serial], flaw))])
        #expect(trust.report.faults.count == 1)
        #expect(trust.objection(to: try certificate(pair), at: SystemClock.now()) == .noRevocationList)
    }

    @Test func `a list of somebody else, or of an authority that may not sign lists, is none`() throws {
        let stranger = try TestAuthority("Stranger")
        #expect(try trust([try write(try stranger.revocationList())]).report.faults.count == 1)
        let mute = try TestAuthority("Mute", signsLists: false)
        #expect(try trust([try write(try mute.revocationList())], with: [mute]).report.faults.count == 1)
    }

    @Test(arguments: ["", "no list", "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"])
    func `what is no list is a fault and no crash`(text: String) throws {
        let trust = try trust([try folder.file("list.crl", text), folder.path("missing.crl")])
        #expect(trust.report.faults.count == 2)
        #expect(trust.objection(to: try certificate(root.issue()), at: SystemClock.now()) == .noRevocationList)
    }

    @Test func `lists are read anew, and one that cannot be read fails closed`() throws {
        let pair = try root.issue()
        let path = try write(try root.revocationList())
        let (trust, known, now) = (try trust([path]), try certificate(pair), SystemClock.now())
        #expect(trust.objection(to: known, at: now) == nil)
        _ = try write(try root.revocationList([pair.serial]))
        trust.reload()
        #expect(trust.objection(to: known, at: now) == .revoked)
        _ = try write([0x30])
        trust.reload()
        #expect(trust.objection(to: known, at: now) == .noRevocationList)
        _ = try write(try root.revocationList())
        trust.reload()
        #expect(trust.objection(to: known, at: now) == nil && trust.report.faults == [])
    }
}

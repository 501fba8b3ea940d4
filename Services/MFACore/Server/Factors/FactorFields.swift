// SPDX-License-Identifier: Apache-2.0
package import HTTPKit
package import MFAAPI
package import MFADomain
package import OneTimePassword
package import Primitives

/// Parses what is said of a new one-time factor.
package enum FactorFields {
    /// Bytes of a secret of ours: what the algorithm's hash is long (RFC 4226 §4 R6 asks for 20).
    private static func secretBytes(_ algorithm: OneTimePasswordAlgorithm) -> Int {
        switch algorithm {
        case .sha1: 20
        case .sha256: 32
        case .sha512: 64
        }
    }

    /// Bytes that an imported secret may have.
    private static let importedBytes = 16...64

    /// The factor that `body` asks for, with a fresh secret unless one came with it.
    package static func proposal(
        _ body: CreateFactorRequest, random: any RandomSource
    ) throws(Problem) -> FactorProposal {
        guard let algorithm = OneTimePasswordAlgorithm(rawValue: body.algorithm ?? "SHA1") else {
            throw invalid("algorithm: use SHA1, SHA256 or SHA512.")
        }
        let digits = body.digits ?? 6
        guard (6...8).contains(digits) else { throw invalid("digits: expected 6 to 8.") }
        let (movingFactor, lastStep) = try moving(body)
        let imported = try importedSecret(body)
        let secret = imported ?? SecretBytes(random.bytes(secretBytes(algorithm)))
        let name = try UserFields.text(body.name, "name", max: 64) ?? defaultName(body.kind)
        return FactorProposal(
            name: name,
            password: OneTimePasswordState(
                algorithm: algorithm, digits: digits, movingFactor: movingFactor, secret: .open(secret),
                lastStep: lastStep),
            secret: secret, isImported: imported != nil)
    }

    /// What a new set of recovery codes is called; nothing else can be said of it.
    package static func recoveryName(_ body: CreateFactorRequest) throws(Problem) -> String {
        let others = [
            ("digits", body.digits != nil), ("algorithm", body.algorithm != nil),
            ("periodSeconds", body.periodSeconds != nil), ("counter", body.counter != nil),
            ("secretBase32", body.secretBase32 != nil), ("secretHex", body.secretHex != nil),
        ]
        for (key, isThere) in others where isThere { throw invalid("\(key): does not go with recovery.") }
        return try UserFields.text(body.name, "name", max: 64) ?? "Recovery codes"
    }

    private static func moving(
        _ body: CreateFactorRequest
    ) throws(Problem) -> (OneTimePasswordState.MovingFactor, Int64?) {
        switch body.kind {
        case "totp":
            guard body.counter == nil else { throw invalid("counter: goes with hotp only.") }
            let period = body.periodSeconds ?? 30
            guard period == 30 || period == 60 else { throw invalid("periodSeconds: use 30 or 60.") }
            return (.time(periodSeconds: period), nil)
        case "hotp":
            guard body.periodSeconds == nil else { throw invalid("periodSeconds: goes with totp only.") }
            let counter = body.counter ?? 0
            guard (0...1_000_000_000_000).contains(counter) else {
                throw invalid("counter: expected 0 to 1000000000000.")
            }
            return (.counter, counter == 0 ? nil : counter - 1)
        default:
            throw Problem(
                ErrorCode.factorUnsupported, detail: "kind: use totp, hotp or recovery; a device is activated.")
        }
    }

    private static func importedSecret(_ body: CreateFactorRequest) throws(Problem) -> SecretBytes? {
        guard body.secretBase32 == nil || body.secretHex == nil else {
            throw invalid("secretBase32, secretHex: send one of them.")
        }
        guard body.secretBase32 != nil || body.secretHex != nil else { return nil }
        let bytes = body.secretBase32.map { Base32.decode($0) } ?? body.secretHex.map { Hex.decode($0) } ?? nil
        guard let bytes, importedBytes.contains(bytes.count) else {
            throw invalid(
                "secretBase32, secretHex: expected \(importedBytes.lowerBound) to \(importedBytes.upperBound) bytes.")
        }
        return SecretBytes(bytes)
    }

    private static func defaultName(_ kind: String) -> String {
        kind == "totp" ? "Authenticator app" : "Hardware token"
    }

    /// What an authenticator app reads.
    package static func uri(of proposal: FactorProposal, account: String, issuer: String) -> OTPAuthURI {
        let kind: OTPAuthURI.Kind =
            switch proposal.password.movingFactor {
            case .time(let period): .totp(period: period)
            case .counter: .hotp(counter: UInt64((proposal.password.lastStep ?? -1) + 1))
            }
        return OTPAuthURI(
            kind: kind, issuer: issuer, account: account, secret: proposal.secret,
            algorithm: proposal.password.algorithm, digits: proposal.password.digits)
    }

    private static func invalid(_ detail: String) -> Problem { Problem(ErrorCode.invalidRequest, detail: detail) }
}

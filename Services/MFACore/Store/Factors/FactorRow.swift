// SPDX-License-Identifier: Apache-2.0
import MFADomain
import OneTimePassword
import Postgres
import Primitives

/// Reads and writes the columns of a factor; secrets are opened and sealed here and nowhere else.
struct FactorRow {
    let keyring: Keyring

    /// Where a factor's secret belongs.
    static func place(factor: FactorID, user: UserID, version: Int64) -> SealPlace {
        SealPlace(
            purpose: "one-time-password", table: "core.factor", row: factor.description, owner: user.description,
            secretVersion: version)
    }

    /// The factor of a joined row, or nil where the join found none.
    ///
    /// - Throws: ``SealingError`` only for a data key that has to be looked for first.
    func factor(_ row: Row) throws -> Factor? {
        guard let id: FactorID = try row.optionalID("factor_id") else { return nil }
        let userID: UserID = try row.id("user_id")
        guard let kind = FactorKind(rawValue: try row.text("kind")),
            let state = FactorState(rawValue: try row.text("factor_state"))
        else { throw PostgresError(.decoding, "factor \(id) has an unknown kind or state") }
        return Factor(
            id: id, userID: userID, name: try row.text("factor_name"), state: state,
            isImported: try row.boolean("imported"), createdAt: try row.instant("factor_created_at"),
            lastUsedAt: try row.optionalInstant("last_used_at"),
            budget: FailureBudget(
                failures: Int(try row.integer("failures")), delayedUntil: try row.optionalInstant("delayed_until")),
            mechanism: try mechanism(row, id: id, userID: userID, kind: kind))
    }

    private func mechanism(
        _ row: Row, id: FactorID, userID: UserID, kind: FactorKind
    ) throws -> Factor.Mechanism {
        if kind == .device {
            return .device(
                DeviceState(
                    publicKey: try row.bytes("public_key"), platform: try row.optionalText("platform") ?? "",
                    pushAddress: try row.optionalText("push_address")))
        }
        if kind == .recovery {
            return .recovery(
                RecoveryState(
                    salt: try row.bytes("recovery_salt"), cost: Int(try row.integer("recovery_cost")),
                    hashes: try row.bytesArray("recovery_hashes")))
        }
        guard let algorithm = OneTimePasswordAlgorithm(rawValue: try row.text("algorithm")) else {
            throw PostgresError(.decoding, "factor \(id) has an unknown algorithm")
        }
        let movingFactor: OneTimePasswordState.MovingFactor =
            kind == .totp ? .time(periodSeconds: Int(try row.integer("period_seconds"))) : .counter
        let sealed = try row.bytes("sealed_secret")
        let keyID = try row.integer("key_id")
        let place = Self.place(factor: id, user: userID, version: try row.integer("secret_version"))
        let secret: OneTimePasswordState.Secret
        do throws(SealingError) {
            secret = .open(try keyring.open(sealed, keyID: keyID, at: place))
        } catch {
            if error.unknownKeyID != nil { throw error }
            // One bent row must not keep the person's other factors from working; the rule audits it.
            secret = .unreadable
        }
        return .oneTimePassword(
            OneTimePasswordState(
                algorithm: algorithm, digits: Int(try row.integer("digits")), movingFactor: movingFactor,
                secret: secret, lastStep: try row.optionalInteger("last_step"),
                stepOffset: try row.integer("step_offset"), resyncStep: try row.optionalInteger("resync_step"),
                fenceStep: try row.optionalInteger("fence_step")))
    }

    func insertValues(_ factor: Factor, secret: SecretBytes?) throws(SealingError) -> [PostgresValue] {
        let version: Int64 = 1
        var sealed: SealedValue?
        if let secret {
            sealed = try keyring.seal(
                secret, at: Self.place(factor: factor.id, user: factor.userID, version: version))
        }
        let password = factor.oneTimePassword
        var period: Int?
        if case .time(let seconds) = password?.movingFactor { period = seconds }
        let recoveryHashes: PostgresValue = factor.recovery.map { .bytesArray($0.hashes) } ?? .null
        return [
            .id(factor.id), .id(factor.userID), .text(factor.kind.rawValue), .text(factor.name),
            .text(factor.state.rawValue), .boolean(factor.isImported), .instant(factor.createdAt),
            .text(password?.algorithm.rawValue), .integer(password?.digits), .integer(period), .bytes(sealed?.bytes),
            .integer(sealed?.keyID), .integer(version), .integer(password?.lastStep),
            .integer(password?.stepOffset ?? 0), .bytes(factor.device?.publicKey), .text(factor.device?.platform),
            .text(factor.device?.pushAddress), .bytes(factor.recovery?.salt), .integer(factor.recovery?.cost),
            recoveryHashes,
        ]
    }
}

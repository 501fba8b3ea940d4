// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Postgres

/// Reads the columns of an activation.
enum ActivationRow {
    static func activation(_ row: Row) throws(PostgresError) -> Activation {
        guard let state = Activation.State(rawValue: try row.text("state")) else {
            throw PostgresError(.decoding, "an activation has an unknown state")
        }
        return Activation(
            id: try row.id("id"), userID: try row.id("user_id"), state: state, createdAt: try row.instant("created_at"),
            expiresAt: try row.instant("expires_at"), secretHash: try row.bytes("secret_hash"),
            codeHash: try row.bytes("code_hash"))
    }
}

// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Postgres

/// What a fault of the database means to the caller.
enum StoreFault {
    /// Constraints that a race of two equal requests breaks; a second run finds the winner's row.
    private static let raceConstraints: Set<String> = [
        "sign_in_idempotency_key", "sign_in_pending_prompt_key", "idempotency_pkey",
    ]

    static func isWorthAnotherRun(_ error: PostgresError) -> Bool {
        if error.isSerializationFailure { return true }
        return error.isUniqueViolation && raceConstraints.contains(error.constraint ?? "")
    }

    /// Whether a value was sealed under a data key that has been removed since this process read the keys.
    static func isSealedUnderRemovedKey(_ error: PostgresError) -> Bool {
        error.sqlState == "23503" && ["factor_key_id_fkey", "idempotency_key_id_fkey"].contains(error.constraint ?? "")
    }

    static func refusal(_ error: PostgresError, caller: Caller) -> Refusal {
        if error.isUniqueViolation {
            switch error.constraint {
            case "user_canonical_name_key":
                return Refusal(.conflict, detail: "Somebody has this user name already.", reason: error.description)
            case "spent_nonce_pkey":
                return Refusal(.unauthenticated, reason: "a nonce was sent twice")
            case "factor_public_key_key":
                return Refusal(.unauthenticated, reason: "the public key belongs to another device")
            default: break
            }
        }
        if error.isLockTimeout, caller.idempotency != nil {
            return Refusal(.inProgress, reason: error.description)
        }
        return Refusal(.unavailable, reason: error.description)
    }
}

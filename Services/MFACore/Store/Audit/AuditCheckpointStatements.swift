// SPDX-License-Identifier: Apache-2.0
import Postgres

/// Checkpoints of the chain: written by the signer's role alone, read by it and by mfa-core.
enum AuditCheckpointStatements {
    private static let columns = "c.seq, c.hash, c.key_name, c.signature, c.signed_at"

    /// Checkpoints read at once by a walk.
    static let walkMax = 5000

    /// Rows: the latest checkpoint.
    static let last = Statement(
        "audit.checkpoint_last", "select \(columns) from core.audit_checkpoint c order by c.seq desc limit 1")

    /// Parameters: `$1` the checkpoint after which the page begins.
    static let after = Statement(
        "audit.checkpoints_after",
        "select \(columns) from core.audit_checkpoint c where c.seq > $1 order by c.seq limit \(walkMax)")

    /// Parameters: `$1` numbers of links. Rows: those links' numbers and hashes.
    static let hashes = Statement(
        "audit.link_hashes", "select seq, hash from core.audit_link where seq = any($1::bigint[])")

    /// Parameters: `$1` number, `$2` hash, `$3` name of the key, `$4` signature, `$5` time.
    static let add = Statement(
        "audit.checkpoint_add",
        """
        insert into core.audit_checkpoint (seq, hash, key_name, signature, signed_at)
        values ($1, $2::bytea, $3, $4::bytea, $5::timestamptz)
        """)

    /// What mfa-core's role may run.
    static let all: [Statement] = [last, after, hashes]
}

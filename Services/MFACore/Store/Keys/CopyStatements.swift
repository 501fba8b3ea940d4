// SPDX-License-Identifier: Apache-2.0
import Postgres

/// Which copies of mfa-core run.
enum CopyStatements {
    /// A copy tells of itself every six seconds at least; one that has not for so long is gone, or stands still and will
    /// look for what it does not know when it goes on.
    private static let silence = "interval '15 seconds'"

    /// Parameters: `$1` id, `$2` name, `$3` check value of its master key, `$4` keys that it opens, `$5` the one it seals
    /// with. Forgets copies of yesterday.
    static let announce = Statement(
        "copy.announce",
        """
        with gone as (delete from core.running_copy where id <> $1 and seen_at < clock_timestamp() - interval '1 day')
        insert into core.running_copy (id, name, key_check, key_ids, sealing_key_id, seen_at)
        values ($1, $2, $3, $4::integer[], $5, clock_timestamp())
        on conflict (id) do update set key_check = excluded.key_check, key_ids = excluded.key_ids,
            sealing_key_id = excluded.sealing_key_id, seen_at = excluded.seen_at
        """)

    /// Parameters: `$1` id.
    static let leave = Statement("copy.leave", "delete from core.running_copy where id = $1")

    /// Rows: the copies that run.
    static let list = Statement(
        "copy.list",
        """
        select c.name, c.key_ids, c.sealing_key_id, c.key_check <> i.key_check as has_former_master, c.seen_at
        from core.running_copy c cross join core.instance i
        where c.seen_at > clock_timestamp() - \(silence) order by c.name, c.id
        """)

    static let all: [Statement] = [announce, leave, list]
}

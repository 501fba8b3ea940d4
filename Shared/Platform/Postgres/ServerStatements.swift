// SPDX-License-Identifier: Apache-2.0

/// Questions to the server about itself.
enum ServerStatements {
    /// `reset_val` is what a session had without our own read-only setting on the read lane.
    static let probe = Statement(
        "postgres.probe",
        """
        select pg_is_in_recovery() as recovering,
               (select reset_val from pg_settings where name = 'default_transaction_read_only') as read_only,
               clock_timestamp() as time,
               current_setting('server_version_num')::bigint as version,
               current_setting('synchronous_commit') as synchronous_commit,
               current_user::text as role, current_database()::text as database
        """)
}

// SPDX-License-Identifier: Apache-2.0
import Postgres

/// The installation and its wrapped keys.
enum KeyStatements {
    /// One activation at a time; held until the transaction ends.
    static let lockActivation = Statement(
        "key.lock_activation",
        "select pg_advisory_xact_lock(hashtextextended('countersign activation', 0)) is null as locked")

    /// Waiting for another activation is no fault: the role's own lock timeout is for people who sign in.
    static let waitForActivation = Statement(
        "key.wait_for_activation", "select set_config('lock_timeout', '0', true)")

    /// Rows: the installation, if there is one.
    static let readInstance = Statement("key.read_instance", "select instance_id, key_check from core.instance")

    /// Rows: id and wrapped key of each data key.
    static let listDataKeys = Statement("key.list_data_keys", "select id, wrapped from core.data_key order by id")

    /// Parameters: `$1` instance id, `$2` key check value.
    static let insertInstance = Statement(
        "key.insert_instance", "insert into core.instance (instance_id, key_check) values ($1, $2)")

    /// Parameters: `$1` id, `$2` wrapped key.
    static let insertDataKey = Statement(
        "key.insert_data_key", "insert into core.data_key (id, wrapped) values ($1, $2)")

    static let all: [Statement] = [
        lockActivation, waitForActivation, readInstance, listDataKeys, insertInstance, insertDataKey,
    ]
}

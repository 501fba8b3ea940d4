// SPDX-License-Identifier: Apache-2.0
import Postgres
import TestKit

extension CoreDoor {
    /// What a column called `t` holds in the first row, as the superuser sees it.
    func value(_ sql: String) async throws -> String? {
        try await PlainSession.open(database.superuser) { session in
            try session.run(sql).first?.optionalText("t")
        }
    }

    /// How many rows there are of everything that an operation can leave behind; a spent nonce is no trace of what it
    /// was spent for.
    func stored() async throws -> String? {
        try await value(
            """
            select concat_ws(' ', (select count(*) from core."user"), (select count(*) from core.factor),
                (select count(*) from core.sign_in), (select count(*) from core.activation),
                (select count(*) from core.ticket), (select count(*) from core.idempotency),
                (select count(*) from core.audit_event),
                (select count(*) from core.password_address), (select sum(failures) from core.factor),
                (select sum(password_failures) from core."user")) as t
            """)
    }

    /// Event and reason of the latest audit row, such as `otp.wrong_code wrong_code`.
    func lastAudit() async throws -> String? {
        try await value("select concat_ws(' ', event, reason) as t from core.audit_event order by id desc limit 1")
    }
}

-- SPDX-License-Identifier: Apache-2.0
-- How much of the audit each syslog receiver has: everything up to a link of the chain. One copy at a time sends, the
-- one that holds the row; a copy that dies lets go of it when its time is over.
create table core.audit_receiver (
    name text primary key,
    seq bigint not null default 0,
    holder text not null,
    held_until timestamptz not null,
    confirmed_at timestamptz
);
select core.grant_to('core', 'select, insert, update on core.audit_receiver');
select core.grant_to('backup', 'select on core.audit_receiver');

-- SPDX-License-Identifier: Apache-2.0
-- Where this database was when it served last, and how far it had come: a restored one is told by that (R91). Copies of
-- mfa-core raise the mark while they serve and keep what they saw outside the database. There is no row before the first
-- of them serves.
create table core.restore_fence (
    only_row boolean primary key default true check (only_row),
    -- How often a restore was declared.
    epoch bigint not null,
    fenced_at timestamptz,
    system_identifier text not null,
    database_oid bigint not null,
    timeline bigint not null,
    mark bigint not null
);

-- Up to this counter, at which a restore fence stands, a token has to come back by two passcodes in a row.
alter table core.factor add column fence_step bigint;

select core.grant_to('core', 'select, insert, update on core.restore_fence');
select core.grant_to('auditor', 'select on core.restore_fence');
select core.grant_to('backup', 'select on core.restore_fence');

-- SPDX-License-Identifier: Apache-2.0
-- A data key is prepared (every copy learns it before anything is under it), then current (the one that seals), then
-- retiring (it opens what is still under it), and then removed. Numbers are never given twice.
alter table core.data_key
    add column state text not null default 'current' check (state in ('prepared', 'current', 'retiring')),
    add column current_at timestamptz,
    -- Since when nothing is known to be under a retiring key; said once in the audit.
    add column emptied_at timestamptz;
update core.data_key set current_at = created_at;
update core.data_key set state = 'retiring' where id < (select max(id) from core.data_key);
create unique index data_key_current_key on core.data_key (state) where state = 'current';

-- Which copies of mfa-core run and which data keys each of them knows: a rotation waits for all of them. It says nothing
-- about yesterday, so it is neither logged nor replicated.
create unlogged table core.running_copy (
    id uuid primary key,
    name text not null,
    -- The check value of the master key that it was started with.
    key_check bytea not null,
    key_ids integer[] not null,
    sealing_key_id integer not null,
    seen_at timestamptz not null
);

select core.grant_to('core', 'update, delete on core.data_key');
select core.grant_to('core', 'update on core.certificate_authority');
select core.grant_to('core', 'select, insert, update, delete on core.running_copy');
select core.grant_to('backup', 'select on core.running_copy');

-- SPDX-License-Identifier: Apache-2.0
-- A master key that was replaced is recognised, so that whoever starts with it is told what it is.
alter table core.instance
    add column former_key_checks bytea[] not null default '{}',
    add column key_replaced_at timestamptz;

-- Keys that were derived from the first master key and have to outlive it, as digests and hashes were made with them. There
-- is no row before the first replacement: until then they are derived.
create table core.derived_key (
    purpose text primary key check (purpose in ('pepper', 'nonce', 'idempotency')),
    wrapped bytea not null
);

select core.grant_to('core', 'update on core.instance');
select core.grant_to('core', 'select, insert, update on core.derived_key');
select core.grant_to('backup', 'select on core.derived_key');

-- The number of the last migration; whoever checks a restored dump may know that without the owner's rights.
create function core.schema_version() returns integer
language sql stable security definer set search_path = pg_catalog, core as $$
    select max(number)::integer from core.schema_migration
$$;
revoke all on function core.schema_version() from public;
select core.grant_to('core', 'execute on function core.schema_version()');

-- SPDX-License-Identifier: Apache-2.0
-- A one-time bypass, which the person's next sign-in uses up. It stands in the user's row, which is the mutex of
-- everything that decides about that person: there is one or none, and it is used once.
alter table core."user"
    add column bypass_at timestamptz,
    add column bypass_until timestamptz,
    add column bypass_by text,
    add column bypass_reason text;

-- Blocks that end by themselves: housekeeping looks for those whose time is over. After the strongest lock, not before it:
-- sign-ins that wait for a weaker one would stand in the way of the stronger.
create index user_blocked_until_idx on core."user" (blocked_until) where blocked_until is not null;

-- How many bypasses an administrator issued on a day, by UTC.
create table core.bypass_count (
    actor text not null,
    day date not null,
    issued integer not null,
    constraint bypass_count_pkey primary key (actor, day)
);
select core.grant_to('core', 'select, insert, update, delete on core.bypass_count');
select core.grant_to('backup', 'select on core.bypass_count');

-- A set of recovery codes is a factor: one salt, and a slow hash of each code that is not spent.
alter table core.factor
    add column recovery_salt bytea,
    add column recovery_cost smallint,
    add column recovery_hashes bytea[];
do $$
declare
    known name;
begin
    -- The checks of kinds have the names that the server gave them.
    for known in
        select conname from pg_catalog.pg_constraint where conrelid = 'core.factor'::regclass and contype = 'c'
        and pg_catalog.pg_get_constraintdef(oid) like '%kind%'
    loop
        execute format('alter table core.factor drop constraint %I', known);
    end loop;
end
$$;
alter table core.factor
    add constraint factor_kind_check check (kind in ('totp', 'hotp', 'device', 'recovery')),
    add constraint factor_parts_check check (
        case kind
            when 'device' then public_key is not null
            when 'recovery' then recovery_salt is not null and recovery_cost is not null and recovery_hashes is not null
            else sealed_secret is not null and key_id is not null and algorithm is not null and digits is not null
                and (kind = 'totp') = (period_seconds is not null)
        end);
create unique index factor_recovery_key on core.factor (user_id) where kind = 'recovery';

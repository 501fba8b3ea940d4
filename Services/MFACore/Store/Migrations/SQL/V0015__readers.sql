-- SPDX-License-Identifier: Apache-2.0
-- Roles of people and programs that only read: who audits, and what makes backups. (A third, which watches PostgreSQL,
-- has no right in this database.)
do $$
declare
    role text;
begin
    foreach role in array array['auditor', 'backup'] loop
        role := regexp_replace(current_user, '_owner$', '') || '_' || role;
        if to_regrole(quote_ident(role)) is null then
            raise exception 'there is no role %', role
                using hint = 'Run deploy/postgres/roles.sql of this version first; it may be run again at any time.';
        end if;
    end loop;
end
$$;
select core.grant_to('auditor', 'usage on schema core');
select core.grant_to('auditor', 'select on core.audit_event, core.audit_link, core.audit_checkpoint');

-- A backup holds everything but portal sessions and the answers that are kept for repeated requests: nobody needs
-- those back, and some of them hold a secret for ten minutes.
select core.grant_to('backup', 'usage on schema core, sdk');
select core.grant_to('backup', 'select on core.schema_migration, core.instance, core.data_key');
select core.grant_to('backup', 'select on core.certificate_authority, core.certificate');
select core.grant_to('backup', 'select on core."user", core.password_address, core.policy, core.factor');
select core.grant_to('backup', 'select on core.activation, core.activation_guess, core.spent_nonce');
select core.grant_to('backup', 'select on core.sign_in, core.ticket');
select core.grant_to('backup', 'select on core.audit_event, core.audit_link, core.audit_checkpoint');
select core.grant_to('backup', 'select on all sequences in schema core');
select core.grant_to('backup', 'select on all tables in schema sdk');

-- pg_dump reads partitions one by one, so those that are and those to come are granted each.
select core.grant_to('backup', format('select on %s', inhrelid::regclass))
  from pg_inherits where inhparent = 'core.audit_event'::regclass;

create or replace function core.audit_partition_ensure(day date) returns boolean
language plpgsql security definer set search_path = pg_catalog, core as $$
declare
    first_day date := date_trunc('month', day);
    partition_name text := 'audit_event_' || to_char(day, 'YYYYMM');
begin
    if to_regclass('core.' || partition_name) is not null
        or exists (select 1 from core.audit_event_default where at >= first_day and at < first_day + interval '1 month')
    then
        return false;
    end if;
    execute format('create table core.%I partition of core.audit_event for values from (%L) to (%L)',
        partition_name, first_day, (first_day + interval '1 month')::date);
    perform core.audit_guard(format('core.%I', partition_name)::regclass);
    perform core.grant_to('backup', format('select on core.%I', partition_name));
    return true;
end
$$;

-- SPDX-License-Identifier: Apache-2.0
create sequence core.audit_event_id_seq;

-- One row for each decision and each administrative act, written in its transaction and never changed.
create table core.audit_event (
    id bigint not null default nextval('core.audit_event_id_seq'),
    at timestamptz not null default clock_timestamp(),
    xid xid8 not null default pg_current_xact_id(),
    instance text,
    event text not null,
    outcome text not null,
    reason text,
    front_end text not null,
    actor text not null,
    peer text,
    application text,
    client_address text,
    user_given text,
    user_id uuid,
    factor_id uuid,
    factor_kind text,
    sign_in_id uuid,
    request_id text,
    detail jsonb not null default '{}',
    primary key (id, at)
) partition by range (at);
create table core.audit_event_default partition of core.audit_event default;
create index audit_event_user_id_at_idx on core.audit_event (user_id, at);
create index audit_event_at_idx on core.audit_event (at);

-- The chain over the rows, and its signed checkpoints.
create table core.audit_link (
    seq bigint primary key,
    audit_id bigint not null unique,
    hash bytea not null
);
create table core.audit_checkpoint (
    seq bigint primary key,
    hash bytea not null,
    key_name text not null,
    signature bytea not null,
    signed_at timestamptz not null default clock_timestamp()
);

create function core.audit_refuse() returns trigger
language plpgsql as $$
begin
    raise exception 'audit rows are never changed' using errcode = '42501';
end
$$;

-- Triggers of statements are not handed down to partitions, so each table gets its own.
create function core.audit_guard(guarded regclass) returns void
language plpgsql as $$
begin
    execute format('create trigger audit_refuse before update or delete or truncate on %s '
        'for each statement execute function core.audit_refuse()', guarded);
end
$$;
revoke all on function core.audit_guard(regclass) from public;
select core.audit_guard(guarded)
from unnest(array['core.audit_event', 'core.audit_event_default', 'core.audit_link', 'core.audit_checkpoint']::regclass[])
    as guarded;

-- The one way in. `events` is an array of objects with the columns' names; the answer is how many were written.
create function core.audit_append(events jsonb) returns bigint
language plpgsql security definer set search_path = pg_catalog, core as $$
declare
    written bigint;
begin
    insert into core.audit_event (instance, event, outcome, reason, front_end, actor, peer, application,
        client_address, user_given, user_id, factor_id, factor_kind, sign_in_id, request_id, detail)
    select e.instance, e.event, e.outcome, e.reason, e.front_end, e.actor, e.peer, e.application,
        e.client_address, e.user_given, e.user_id, e.factor_id, e.factor_kind, e.sign_in_id, e.request_id,
        coalesce(e.detail, '{}')
    from jsonb_to_recordset(events) as e (instance text, event text, outcome text, reason text, front_end text,
        actor text, peer text, application text, client_address text, user_given text, user_id uuid,
        factor_id uuid, factor_kind text, sign_in_id uuid, request_id text, detail jsonb);
    get diagnostics written = row_count;
    return written;
end
$$;
revoke all on function core.audit_append(jsonb) from public;

-- Makes the partition of the month that `day` lies in, unless it is there. Rows that fell into the default
-- partition before stay there: moving them would be a change.
create function core.audit_partition_ensure(day date) returns boolean
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
    return true;
end
$$;
revoke all on function core.audit_partition_ensure(date) from public;

select core.audit_partition_ensure(current_date);
select core.audit_partition_ensure((current_date + interval '1 month')::date);

select core.grant_to('core', 'select on core.audit_event, core.audit_checkpoint');
select core.grant_to('core', 'select, insert on core.audit_link');
select core.grant_to('core', 'execute on function core.audit_append(jsonb), core.audit_partition_ensure(date)');
select core.grant_to('sdk', 'execute on function core.audit_append(jsonb)');
select core.grant_to('portal', 'execute on function core.audit_append(jsonb)');

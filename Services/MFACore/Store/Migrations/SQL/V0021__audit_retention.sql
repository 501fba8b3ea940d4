-- SPDX-License-Identifier: Apache-2.0
-- A month's partition is made as a table of its own and attached, which holds up nobody who writes: only who reads the
-- default partition waits, for as long as it takes. Where another transaction (a backup) holds a lock that this needs,
-- the next run tries again; partitions are made months ahead so that there is time for that, and a row whose month has
-- none lies in the default partition.
create or replace function core.audit_partition_ensure(day date) returns boolean
language plpgsql security definer
set search_path = pg_catalog, core set lock_timeout = '200ms' set timezone = 'UTC' as $$
declare
    first_day date := date_trunc('month', day);
    partition_name text := 'audit_event_' || to_char(day, 'YYYYMM');
begin
    if to_regclass('core.' || partition_name) is not null
        or exists (select 1 from core.audit_event_default where at >= first_day and at < first_day + interval '1 month')
    then
        return false;
    end if;
    execute format('create table core.%I (like core.audit_event including defaults)', partition_name);
    perform core.audit_guard(format('core.%I', partition_name)::regclass);
    perform core.grant_to('backup', format('select on core.%I', partition_name));
    execute format('alter table core.audit_event attach partition core.%I for values from (%L) to (%L)',
        partition_name, first_day, (first_day + interval '1 month')::date);
    return true;
exception
    when lock_not_available then
        return false;
end
$$;

-- Makes those of this month and of the next three; answers how many were made.
create function core.audit_partitions_ahead() returns bigint
language sql security definer set search_path = pg_catalog, core set timezone = 'UTC' as $$
    select count(*) filter (
        where core.audit_partition_ensure((date_trunc('month', current_date) + n * interval '1 month')::date))
    from generate_series(0, 3) n
$$;
revoke all on function core.audit_partitions_ahead() from public;
select core.grant_to('core', 'execute on function core.audit_partitions_ahead()');
select core.audit_partitions_ahead();

-- Where the chain begins since retention cut its head off: behind link `seq`. The signature is the signer's, with a key
-- that the database does not hold, over all of it.
create table core.audit_cut (
    seq bigint primary key,
    hash bytea not null,
    -- Rows of this time and later are there, each of them.
    kept_from timestamptz not null,
    key_name text not null,
    signature bytea not null,
    signed_at timestamptz not null
);
select core.audit_guard('core.audit_cut');
select core.grant_to('core', 'select on core.audit_cut');
select core.grant_to('signer', 'select on core.audit_cut');
select core.grant_to('auditor', 'select on core.audit_cut');
select core.grant_to('backup', 'select on core.audit_cut');

-- Drops whole months that end before `keep_from`, and keeps the rows among them whose links stand behind the cut: in
-- the default partition, as they are. The cut has to be at a signed checkpoint. Answers the names of what is gone.
--
-- To detach a partition nobody may be at the audit. So this waits a second for that and no longer, and what is long is
-- done before.
create function core.audit_cut_off(
    last_link bigint, link_hash bytea, keep_from timestamptz, signer_key text, proof bytea, signed timestamptz,
    kept_ids bigint[], who text, host text) returns text
language plpgsql security definer
set search_path = pg_catalog, core set lock_timeout = '1s' set timezone = 'UTC' as $$
declare
    months text[];
    month text;
    lacking text;
begin
    if keep_from <> date_trunc('month', keep_from) or keep_from > date_trunc('month', clock_timestamp()) then
        raise exception 'rows are kept from the beginning of a month that has begun' using errcode = '22023';
    end if;
    if not exists (select from core.audit_checkpoint c join core.audit_link l on l.seq = c.seq and l.hash = c.hash
            where c.seq = last_link and c.hash = link_hash)
        or exists (select from core.audit_cut where seq >= last_link)
    then
        raise exception 'link % was not signed, or the chain begins behind it already', last_link
            using errcode = '22023';
    end if;
    -- The table of receivers comes with a later migration.
    if to_regclass('core.audit_receiver') is not null then
        execute 'select name from core.audit_receiver where seq < $1 order by name limit 1' into lacking using last_link;
        if lacking is not null then
            raise exception 'the syslog receiver % lacks rows that would go; let it have them, or delete it from '
                'core.audit_receiver if it is no more', lacking using errcode = '55000';
        end if;
    end if;
    select coalesce(array_agg(c.relname::text order by c.relname), '{}') into months
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'core.audit_event'::regclass and c.relname ~ '^audit_event_[0-9]{6}$'
        and to_date(right(c.relname, 6), 'YYYYMM') + interval '1 month' <= keep_from;
    -- What an earlier cut has kept, and what came while its month had no partition.
    if exists (select from core.audit_event_default where at < keep_from) then
        alter table core.audit_event_default disable trigger audit_refuse;
        delete from core.audit_event_default where at < keep_from and id <> all(kept_ids);
        alter table core.audit_event_default enable trigger audit_refuse;
    end if;
    insert into core.audit_cut (seq, hash, kept_from, key_name, signature, signed_at)
    values (last_link, link_hash, keep_from, signer_key, proof, signed);
    perform core.audit_append(jsonb_build_array(jsonb_build_object(
        'event', 'audit.cut', 'outcome', 'done', 'front_end', 'cli', 'actor', who, 'instance', host,
        'detail', jsonb_build_object('link', last_link::text, 'kept_from', to_char(keep_from, 'YYYY-MM-DD'),
            'key', signer_key, 'partitions', array_to_string(months, ' ')))));
    foreach month in array months loop
        execute format('alter table core.audit_event detach partition core.%I', month);
        execute format('insert into core.audit_event_default select * from core.%I where id = any($1)', month)
            using kept_ids;
        execute format('drop table core.%I', month);
    end loop;
    return array_to_string(months, ' ');
end
$$;
revoke all on function core.audit_cut_off(bigint, bytea, timestamptz, text, bytea, timestamptz, bigint[], text, text)
    from public;

-- Removes the oldest links, so many at most, that stand before the cut; that of the cut itself stays, since the chain
-- goes on from there. Answers how many there were.
create function core.audit_links_forget(most integer) returns bigint
language plpgsql security definer set search_path = pg_catalog, core set lock_timeout = '1s' as $$
declare
    cut bigint := (select max(seq) from core.audit_cut);
    first_link bigint := (select min(seq) from core.audit_link);
    gone bigint;
begin
    if cut is null or first_link is null or first_link >= cut then
        return 0;
    end if;
    alter table core.audit_link disable trigger audit_refuse;
    delete from core.audit_link where seq < least(cut, first_link + most);
    get diagnostics gone = row_count;
    alter table core.audit_link enable trigger audit_refuse;
    return gone;
end
$$;
revoke all on function core.audit_links_forget(integer) from public;

-- Whoever holds the signer's key cuts; no service has a right to.
select core.grant_to('signer', 'execute on function core.audit_cut_off(bigint, bytea, timestamptz, text, bytea, '
    'timestamptz, bigint[], text, text), core.audit_links_forget(integer)');

-- What is asked for by person, event or sign-in comes in the order of ids, page by page: the index has that order, so a
-- page costs its own rows however many there are.
create index audit_event_user_id_id_idx on core.audit_event (user_id, id);
create index audit_event_event_id_idx on core.audit_event (event, id);
create index audit_event_sign_in_id_id_idx on core.audit_event (sign_in_id, id) where sign_in_id is not null;
drop index core.audit_event_user_id_at_idx;

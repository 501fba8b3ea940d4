-- SPDX-License-Identifier: Apache-2.0
-- The chain is written behind the rows, in the order of (xid, id): a row whose transaction is older than every open
-- one is settled, and nothing can come in before it any more. A link keeps that position, and its row's time by which
-- the row is found in its partition.
alter table core.audit_link add column xid xid8 not null, add column at timestamptz not null;
create index audit_event_xid_id_idx on core.audit_event (xid, id);

-- Who signs checkpoints reads the rows and the chain, adds checkpoints, and has no other right.
do $$
begin
    if to_regrole(quote_ident(regexp_replace(current_user, '_owner$', '') || '_signer')) is null then
        raise exception 'there is no role %', regexp_replace(current_user, '_owner$', '') || '_signer'
            using hint = 'Run deploy/postgres/roles.sql of this version first; it may be run again at any time.';
    end if;
end
$$;
select core.grant_to('signer', 'usage on schema core');
select core.grant_to('signer', 'select on core.audit_event, core.audit_link, core.audit_checkpoint');
select core.grant_to('signer', 'insert on core.audit_checkpoint');

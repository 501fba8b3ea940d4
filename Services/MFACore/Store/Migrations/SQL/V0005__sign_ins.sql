-- SPDX-License-Identifier: Apache-2.0
create table core.sign_in (
    id uuid primary key,
    user_id uuid constraint sign_in_user_id_fkey references core."user" (id) on delete set null,
    account text not null,
    application text not null,
    client_address text not null default '',
    requested text not null check (requested in ('push', 'passcode', 'choice')),
    is_portal boolean not null default false,
    state text not null check (state in ('pending', 'approved', 'denied', 'expired', 'cancelled')),
    reason text,
    retry_after_seconds bigint,
    factor_id uuid,
    factor_kind text,
    answers smallint not null default 0,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    decided_at timestamptz,
    ticket_issued_at timestamptz,
    -- A prompt: what the phone signs is frozen here as text at the start.
    number text,
    number_digits smallint,
    challenge_nonce text,
    signed_created_at text,
    message bytea,
    signature bytea,
    signing_key bytea,
    idempotency_key_hash bytea,
    request_hash bytea,
    check ((state = 'pending') = (decided_at is null))
);
create unique index sign_in_idempotency_key on core.sign_in (account, idempotency_key_hash)
    where idempotency_key_hash is not null;
-- At most one prompt waits for a person, whatever the rule does (R26).
create unique index sign_in_pending_prompt_key on core.sign_in (user_id)
    where state = 'pending' and challenge_nonce is not null;
create index sign_in_user_id_idx on core.sign_in (user_id) where state = 'pending';
create index sign_in_created_at_idx on core.sign_in (created_at);

create table core.ticket (
    hash bytea primary key,
    user_id uuid not null constraint ticket_user_id_fkey references core."user" (id) on delete cascade,
    account text not null,
    factor_kind text not null,
    proved_at timestamptz not null,
    created_at timestamptz not null,
    last_used_at timestamptz not null
);
create index ticket_user_id_idx on core.ticket (user_id);

create table core.idempotency (
    account text not null,
    key_hash bytea not null,
    request_hash bytea not null,
    status smallint not null,
    sealed_body bytea,
    key_id integer references core.data_key (id),
    is_one_time boolean not null,
    created_at timestamptz not null default clock_timestamp(),
    constraint idempotency_pkey primary key (account, key_hash)
);
create index idempotency_created_at_idx on core.idempotency (created_at);

select core.grant_to('core', 'select, insert, update, delete on core.sign_in, core.ticket, core.idempotency');

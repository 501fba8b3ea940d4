-- SPDX-License-Identifier: Apache-2.0
create table core.factor (
    id uuid primary key,
    user_id uuid not null constraint factor_user_id_fkey references core."user" (id) on delete cascade,
    kind text not null check (kind in ('totp', 'hotp', 'device')),
    name text not null,
    state text not null check (state in ('unconfirmed', 'active', 'disabled', 'revoked')),
    imported boolean not null default false,
    created_at timestamptz not null default clock_timestamp(),
    last_used_at timestamptz,
    failures integer not null default 0,
    delayed_until timestamptz,
    -- One-time passwords.
    algorithm text check (algorithm in ('SHA1', 'SHA256', 'SHA512')),
    digits smallint check (digits between 6 and 8),
    period_seconds smallint check (period_seconds in (30, 60)),
    sealed_secret bytea,
    key_id integer references core.data_key (id),
    secret_version integer not null default 1,
    -- The last time step or counter that was spent; what stands here or before is never accepted.
    last_step bigint,
    step_offset bigint not null default 0,
    resync_step bigint,
    -- Devices.
    public_key bytea,
    platform text,
    push_address text,
    constraint factor_public_key_key unique (public_key),
    check (kind = 'device' or (sealed_secret is not null and key_id is not null and algorithm is not null
        and digits is not null and (kind = 'totp') = (period_seconds is not null))),
    check (kind <> 'device' or public_key is not null)
);
create index factor_user_id_idx on core.factor (user_id);

create table core.activation (
    id uuid primary key,
    user_id uuid not null constraint activation_user_id_fkey references core."user" (id) on delete cascade,
    secret_hash bytea not null,
    code_hash bytea not null,
    state text not null check (state in ('pending', 'used', 'void')),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    device_id uuid,
    constraint activation_secret_hash_key unique (secret_hash)
);
create index activation_user_id_idx on core.activation (user_id);
create index activation_expires_at_idx on core.activation (expires_at);

create table core.spent_nonce (
    nonce bytea primary key,
    expires_at timestamptz not null
);
create index spent_nonce_expires_at_idx on core.spent_nonce (expires_at);

select core.grant_to('core', 'select, insert, update, delete on core.factor, core.activation, core.spent_nonce');

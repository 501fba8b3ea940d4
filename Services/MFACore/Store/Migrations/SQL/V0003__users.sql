-- SPDX-License-Identifier: Apache-2.0
create table core."user" (
    id uuid primary key,
    username text not null,
    canonical_name text not null,
    display_name text,
    email text,
    phones jsonb not null default '[]',
    language text,
    preferred_factor text check (preferred_factor in ('push', 'passcode')),
    enabled boolean not null default true,
    blocked_at timestamptz,
    blocked_until timestamptz,
    blocked_reason text,
    -- Set by a fraud report: no prompt goes to this person's phones until an administrator unblocks.
    prompts_blocked_at timestamptz,
    password_salt bytea,
    password_verifier bytea,
    password_cost smallint,
    password_failures integer not null default 0,
    password_delayed_until timestamptz,
    created_at timestamptz not null default clock_timestamp(),
    updated_at timestamptz not null default clock_timestamp(),
    constraint user_canonical_name_key unique (canonical_name)
);

-- Wrong passwords by address: a budget that an attacker cannot spread over many names.
create table core.password_address (
    address text primary key,
    failures integer not null,
    window_ends_at timestamptz not null
);

select core.grant_to('core', 'select, insert, update, delete on core."user", core.password_address');

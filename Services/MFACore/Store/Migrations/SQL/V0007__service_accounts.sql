-- SPDX-License-Identifier: Apache-2.0
create table sdk.service_account (
    id uuid primary key,
    name text not null,
    scopes text[] not null,
    application text,
    networks text[] not null default '{}',
    created_at timestamptz not null default clock_timestamp(),
    created_by text not null,
    disabled_at timestamptz,
    -- A tombstone: the name of a removed account is never given to another one.
    removed_at timestamptz,
    constraint service_account_name_key unique (name)
);

create table sdk.service_account_secret (
    id text primary key,
    account_id uuid not null references sdk.service_account (id),
    hash bytea not null,
    created_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz
);
create index service_account_secret_account_id_idx on sdk.service_account_secret (account_id);

select core.grant_to('core', 'select, insert, update on sdk.service_account, sdk.service_account_secret');
select core.grant_to('sdk', 'select on sdk.service_account, sdk.service_account_secret');

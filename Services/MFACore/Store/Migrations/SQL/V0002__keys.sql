-- SPDX-License-Identifier: Apache-2.0
-- One row says which installation this is and lets a master key be recognised.
create table core.instance (
    only_row boolean primary key default true check (only_row),
    instance_id uuid not null,
    key_check bytea not null,
    activated_at timestamptz not null default clock_timestamp()
);

-- Data keys seal secrets; the master key, which is never here, wraps them.
create table core.data_key (
    id integer primary key,
    wrapped bytea not null,
    created_at timestamptz not null default clock_timestamp()
);

create table core.certificate_authority (
    only_row boolean primary key default true check (only_row),
    certificate bytea not null,
    sealed_key bytea not null,
    key_id integer not null references core.data_key (id),
    created_at timestamptz not null default clock_timestamp()
);

create table core.certificate (
    serial text primary key,
    service text not null,
    hosts text[] not null,
    not_before timestamptz not null,
    not_after timestamptz not null,
    issued_by text not null,
    issued_at timestamptz not null default clock_timestamp()
);

select core.grant_to('core', 'select, insert on core.instance, core.data_key, core.certificate_authority, core.certificate');

-- SPDX-License-Identifier: Apache-2.0
-- Limits of an account alone; null where it has those of everybody.
alter table sdk.service_account
    add column rate_per_second integer check (rate_per_second > 0),
    add column concurrency_max integer check (concurrency_max > 0),
    add column waiting_max integer check (waiting_max >= 0);

-- What a client certificate is known by: sha256:… of all of it, or uri:… or dns:… among its alternative names. A mark is
-- one account's for ever, so that a certificate can never mean another account than it did.
create table sdk.service_account_certificate (
    mark text primary key,
    account_id uuid not null references sdk.service_account (id),
    created_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz
);
create index service_account_certificate_account_id_idx on sdk.service_account_certificate (account_id);

select core.grant_to('core', 'select, insert, update on sdk.service_account_certificate');
select core.grant_to('sdk', 'select on sdk.service_account_certificate');

-- SPDX-License-Identifier: Apache-2.0
-- The portal's sessions. The cookie is never here, only its SHA-256; what the session holds (the sign-in
-- it waits for, the ticket, the name shown) is sealed under a key derived from the cookie, so that this
-- table alone opens nothing.
create table portal.session (
    hash bytea primary key check (octet_length(hash) = 32),
    stage text not null check (stage in ('signing_in', 'signed_in')),
    sealed bytea not null,
    created_at timestamptz not null default clock_timestamp(),
    last_used_at timestamptz not null default clock_timestamp()
);
create index session_created_at_idx on portal.session (created_at);
create index session_last_used_at_idx on portal.session (last_used_at);

select core.grant_to('portal', 'select, insert, update, delete on portal.session');

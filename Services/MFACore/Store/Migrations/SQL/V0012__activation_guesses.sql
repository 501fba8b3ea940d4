-- SPDX-License-Identifier: Apache-2.0
-- What bounds guessing at activations. A wrong typed code counts with its activation; any wrong activation counts with
-- its address and with all of them, in one of 65 536 rows and in row -1: anonymous callers cannot make more.
alter table core.activation add column wrong_codes integer not null default 0;

create table core.activation_guess (
    bucket integer primary key check (bucket between -1 and 65535),
    wrong integer not null,
    window_ends_at timestamptz not null,
    alarmed boolean not null default false
);

select core.grant_to('core', 'select, insert, update, delete on core.activation_guess');

-- Nobody but the triggers has a use for it.
revoke all on function core.audit_refuse() from public;

-- SPDX-License-Identifier: Apache-2.0
-- Every version of the policy that ever held; the highest one holds. None is ever changed.
create table core.policy (
    version bigint primary key check (version > 0),
    -- As a program reads it, and as somebody wrote it.
    document text not null,
    source text not null,
    comment text not null default '',
    -- The version that it brought back.
    reverts bigint references core.policy (version),
    created_by text not null,
    created_at timestamptz not null default clock_timestamp()
);

alter table core."user" add column groups text[] not null default '{}';

-- Why nothing was asked, and which line of the policy decided.
alter table core.sign_in add column waiver text;
alter table core.sign_in add column explanation text;

select core.grant_to('core', 'select, insert on core.policy');

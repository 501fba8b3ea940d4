-- SPDX-License-Identifier: Apache-2.0
-- What is remembered of a person's sign-ins: a short list of factor, kind, application, address and time. It stands in the
-- user's row, which is the mutex of everything that decides about that person, so that every copy reads it.
alter table core."user"
    add column remembered jsonb not null default '[]',
    -- From then on none of it counts, whatever a policy says: housekeeping takes it away.
    add column remembered_until timestamptz;
create index user_remembered_until_idx on core."user" (remembered_until) where remembered_until is not null;

-- How many unanswered prompts suspend them, where the line of the policy under which the last one started says it.
alter table core."user" add column prompts_suspend_after integer;

-- What new people begin with; no row where nobody has said anything.
create table core.user_defaults (
    only_row boolean primary key default true check (only_row),
    language text,
    preferred_factor text,
    groups text[] not null default '{}',
    enabled boolean not null default true,
    changed_by text not null,
    changed_at timestamptz not null default clock_timestamp()
);
select core.grant_to('core', 'select, insert, update on core.user_defaults');
select core.grant_to('backup', 'select on core.user_defaults');

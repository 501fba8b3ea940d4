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

-- SPDX-License-Identifier: Apache-2.0
-- Prompts since the last success of any factor: when they started, how many in a row were denied or ignored, and since
-- when none follows. They stand in the user's row, which is the mutex of everything that decides about that person.
alter table core."user"
    add column prompts_started_at timestamptz[] not null default '{}',
    add column prompts_unanswered integer not null default 0,
    add column prompts_suspended_at timestamptz;

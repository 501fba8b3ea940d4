-- SPDX-License-Identifier: Apache-2.0
\set number random(1, :people)
with locked as (select id from rival.person where number = :number for no key update),
    stepped as (update rival.factor f set last_step = last_step + 1, failures = 0, last_used_at = clock_timestamp()
        from locked where f.user_id = locked.id returning f.user_id, f.id)
insert into rival.audit_event (event, outcome, front_end, actor, user_id, factor_id, factor_kind)
select 'otp.ok', 'approved', 'sdk', 'bench', user_id, id, 'hotp' from stepped;

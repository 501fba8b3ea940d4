-- SPDX-License-Identifier: Apache-2.0
\set number random(1, :people)
begin;
select id from rival.person where number = :number for no key update \gset
update rival.factor set last_step = last_step + 1, failures = 0, last_used_at = clock_timestamp() where user_id = :id;
insert into rival.audit_event (event, outcome, front_end, actor, user_id, factor_kind) values ('otp.ok', 'approved', 'sdk', 'bench', :id, 'hotp');
commit;

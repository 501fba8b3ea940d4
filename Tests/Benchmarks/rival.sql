-- SPDX-License-Identifier: Apache-2.0
-- The rival's tables: the columns and indexes of ours, with the people that were just made, and none of our functions.
drop schema if exists rival cascade;
create schema rival;
create table rival.person (like core."user" including defaults including indexes);
create table rival.factor (like core.factor including defaults including indexes);
create table rival.audit_event (like core.audit_event including defaults including indexes);
alter table rival.person add column number bigint generated always as identity unique;
insert into rival.person select * from core."user" order by id;
insert into rival.factor select * from core.factor;
update rival.factor set last_step = 0;
vacuum analyze rival.person, rival.factor, rival.audit_event;

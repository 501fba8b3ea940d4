-- SPDX-License-Identifier: Apache-2.0
--
-- Roles and database of Countersign. Run once by a superuser; running it again brings everything back to what
-- stands here and changes nothing else. Schemas, tables and their grants belong to `mfa-core migrate`.
--
--   psql --no-psqlrc --dbname postgres \
--        --set migrate_password_file=/etc/countersign/passwords/migrate.password \
--        --set core_password_file=/etc/countersign/passwords/core.password \
--        --set sdk_password_file=/etc/countersign/passwords/sdk.password \
--        --set portal_password_file=/etc/countersign/passwords/portal.password \
--        --set signer_password_file=/etc/countersign/passwords/signer.password \
--        --set auditor_password_file=/etc/countersign/passwords/auditor.password \
--        --set backup_password_file=/etc/countersign/passwords/backup.password \
--        --set monitor_password_file=/etc/countersign/passwords/monitor.password \
--        --file deploy/postgres/roles.sql
--
-- Variables (--set name=value)
--   prefix              first part of every role's name                                default mfa
--   database            name of the database                                           default countersign
--   <role>_password_file  file with the role's password, for each that logs in; without it the password stays as it
--                       is (a new role then has none and can log in by certificate only)
--   <role>_connections  connection limit; all together stay below max_connections
--                                                       default 50 core, 20 sdk, 20 portal, 4 for each of the others
--
--   <prefix>_owner    owns the database and everything in it; nobody logs in as it
--   <prefix>_migrate  logs in while a new version is brought in; gets the owner's rights only by SET ROLE
--   <prefix>_core     mfa-core     <prefix>_sdk  sdk-service     <prefix>_portal  user-portal
--   <prefix>_signer   mfa-core audit sign and retention: reads the audit, adds signed checkpoints to it, and drops what
--                     is older than a signed cut
--   <prefix>_auditor  mfa-core audit list, show and verify: reads the audit and nothing else
--   <prefix>_backup   pg_dump: reads what a backup holds, which is neither sessions nor kept answers
--   <prefix>_monitor  reads PostgreSQL's own figures, and none of the suite's rows
--   mobileapp-service has no role: it never reaches the database.

\set ON_ERROR_STOP on
\set QUIET on
\pset tuples_only on
\if :{?prefix} \else \set prefix mfa \endif
\if :{?database} \else \set database countersign \endif
\if :{?core_connections} \else \set core_connections 50 \endif
\if :{?sdk_connections} \else \set sdk_connections 20 \endif
\if :{?portal_connections} \else \set portal_connections 20 \endif
\if :{?migrate_connections} \else \set migrate_connections 4 \endif
\if :{?signer_connections} \else \set signer_connections 4 \endif
\if :{?auditor_connections} \else \set auditor_connections 4 \endif
\if :{?backup_connections} \else \set backup_connections 4 \endif
\if :{?monitor_connections} \else \set monitor_connections 4 \endif

\if :{?core_password_file}
  \set core_password `cat :'core_password_file'`
\else
  \set core_password ''
\endif
\if :{?sdk_password_file}
  \set sdk_password `cat :'sdk_password_file'`
\else
  \set sdk_password ''
\endif
\if :{?portal_password_file}
  \set portal_password `cat :'portal_password_file'`
\else
  \set portal_password ''
\endif
\if :{?migrate_password_file}
  \set migrate_password `cat :'migrate_password_file'`
\else
  \set migrate_password ''
\endif
\if :{?signer_password_file}
  \set signer_password `cat :'signer_password_file'`
\else
  \set signer_password ''
\endif
\if :{?auditor_password_file}
  \set auditor_password `cat :'auditor_password_file'`
\else
  \set auditor_password ''
\endif
\if :{?backup_password_file}
  \set backup_password `cat :'backup_password_file'`
\else
  \set backup_password ''
\endif
\if :{?monitor_password_file}
  \set monitor_password `cat :'monitor_password_file'`
\else
  \set monitor_password ''
\endif

-- Passwords stand in statements below: keep those out of the server's log and of pg_stat_statements.
set log_statement = 'none';
set log_min_error_statement = 'panic';
set log_min_duration_statement = -1;
set log_min_duration_sample = -1;
set pg_stat_statements.track_utility = off;
set password_encryption = 'scram-sha-256';
set client_min_messages = 'warning';

-- A password file that is named but empty or unreadable would leave a role without a password, silently.
select (:{?core_password_file} and :'core_password' = '') or (:{?sdk_password_file} and :'sdk_password' = '')
    or (:{?portal_password_file} and :'portal_password' = '')
    or (:{?migrate_password_file} and :'migrate_password' = '')
    or (:{?signer_password_file} and :'signer_password' = '')
    or (:{?auditor_password_file} and :'auditor_password' = '')
    or (:{?backup_password_file} and :'backup_password' = '')
    or (:{?monitor_password_file} and :'monitor_password' = '') as password_missing \gset
\if :password_missing
  do $$ begin raise exception 'a password file is empty or cannot be read'; end $$;
\endif

-- Two runs at once would trip over each other's catalogue rows.
select pg_advisory_lock(hashtext('countersign roles'))::text as ignored \gset

\set owner :prefix _owner
\set migrate :prefix _migrate
\set core :prefix _core
\set sdk :prefix _sdk
\set portal :prefix _portal
\set signer :prefix _signer
\set auditor :prefix _auditor
\set backup :prefix _backup
\set monitor :prefix _monitor

select format('create role %I', name)
  from unnest(array[:'owner', :'migrate', :'core', :'sdk', :'portal', :'signer', :'auditor', :'backup', :'monitor'])
       name
 where not exists (select from pg_roles where rolname = name) \gexec

alter role :"owner" nologin noinherit nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
alter role :"migrate" login noinherit nosuperuser nocreatedb nocreaterole noreplication nobypassrls
    connection limit :migrate_connections;
alter role :"core" login noinherit nosuperuser nocreatedb nocreaterole noreplication nobypassrls
    connection limit :core_connections;
alter role :"sdk" login noinherit nosuperuser nocreatedb nocreaterole noreplication nobypassrls
    connection limit :sdk_connections;
alter role :"portal" login noinherit nosuperuser nocreatedb nocreaterole noreplication nobypassrls
    connection limit :portal_connections;
alter role :"signer" login noinherit nosuperuser nocreatedb nocreaterole noreplication nobypassrls
    connection limit :signer_connections;
alter role :"auditor" login noinherit nosuperuser nocreatedb nocreaterole noreplication nobypassrls
    connection limit :auditor_connections;
alter role :"backup" login noinherit nosuperuser nocreatedb nocreaterole noreplication nobypassrls
    connection limit :backup_connections;
alter role :"monitor" login inherit nosuperuser nocreatedb nocreaterole noreplication nobypassrls
    connection limit :monitor_connections;

select format('alter role %I password %L', name, password)
  from (values (:'migrate', :'migrate_password'), (:'core', :'core_password'), (:'sdk', :'sdk_password'),
               (:'portal', :'portal_password'), (:'signer', :'signer_password'),
               (:'auditor', :'auditor_password'), (:'backup', :'backup_password'),
               (:'monitor', :'monitor_password')) given (name, password)
 where password <> '' \gexec

-- noinherit above: whoever logs in as migrate holds the owner's rights only after saying SET ROLE.
grant :"owner" to :"migrate";
-- inherit above: a monitoring program does not say SET ROLE.
grant pg_monitor to :"monitor";

-- The services' own deadlines are shorter; these hold when a service forgets. A migration may take its time over
-- a table but not wait for a lock, because everybody else queues behind the one who waits.
alter role :"core" set statement_timeout = '15s';
alter role :"core" set lock_timeout = '5s';
alter role :"core" set idle_in_transaction_session_timeout = '10s';
alter role :"sdk" set statement_timeout = '5s';
alter role :"sdk" set lock_timeout = '2s';
alter role :"sdk" set idle_in_transaction_session_timeout = '5s';
alter role :"portal" set statement_timeout = '5s';
alter role :"portal" set lock_timeout = '2s';
alter role :"portal" set idle_in_transaction_session_timeout = '5s';
alter role :"signer" set statement_timeout = '15s';
alter role :"signer" set lock_timeout = '5s';
alter role :"signer" set idle_in_transaction_session_timeout = '10s';
alter role :"auditor" set statement_timeout = '60s';
alter role :"auditor" set lock_timeout = '5s';
alter role :"auditor" set idle_in_transaction_session_timeout = '10s';
alter role :"monitor" set statement_timeout = '15s';
alter role :"monitor" set lock_timeout = '1s';
alter role :"monitor" set idle_in_transaction_session_timeout = '10s';
-- A backup is one long transaction; it waits for no migration.
alter role :"backup" set statement_timeout = '0';
alter role :"backup" set lock_timeout = '10s';
alter role :"backup" set idle_in_transaction_session_timeout = '5min';
alter role :"migrate" set statement_timeout = '0';
alter role :"migrate" set lock_timeout = '10s';
alter role :"migrate" set idle_in_transaction_session_timeout = '5min';

-- Parameters hold passcodes and sealed secrets: never in the server's log.
select format('alter role %I set %I = 0', name, setting)
  from unnest(array[:'migrate', :'core', :'sdk', :'portal', :'signer', :'auditor', :'backup', :'monitor']) name,
       unnest(array['log_parameter_max_length', 'log_parameter_max_length_on_error']) setting \gexec

-- A decision is told after its commit is durable; mfa-core checks this at start.
alter role :"core" set synchronous_commit = on;

-- C.UTF-8: the same order on every machine, so no index breaks when a system library is updated.
select format('create database %I owner %I encoding %L locale %L template template0',
              :'database', :'owner', 'UTF8', 'C.UTF-8')
 where not exists (select from pg_database where datname = :'database') \gexec
alter database :"database" owner to :"owner";
revoke all on database :"database" from public;
grant connect on database :"database"
   to :"migrate", :"core", :"sdk", :"portal", :"signer", :"auditor", :"backup", :"monitor";
select pg_advisory_unlock_all()::text as ignored \gset

-- Only the owner of the database may create schemas in it; it makes core, sdk and portal in the first migration.
\connect :"database"
revoke all on schema public from public;

-- SPDX-License-Identifier: Apache-2.0
-- Three schemas: core owns the truth, sdk the service accounts, portal its sessions.
create schema if not exists core;
create schema if not exists sdk;
create schema if not exists portal;

-- Grants name the service's role by its suffix, because an operator may choose the prefix of all roles:
-- the owner runs migrations, and its own name tells the prefix.
create function core.grant_to(suffix text, rights text) returns void
language plpgsql as $$
begin
    execute format('grant %s to %I', rights, regexp_replace(current_user, '_owner$', '') || '_' || suffix);
end
$$;
revoke all on function core.grant_to(text, text) from public;

select core.grant_to('core', 'usage on schema core, sdk');
select core.grant_to('sdk', 'usage on schema core, sdk');
select core.grant_to('portal', 'usage on schema core, portal');

-- Raises a serialization failure when a statement changed fewer rows than it was given, so that the
-- whole transaction is undone and tried again on fresh rows.
create function core.require_rows(expected bigint, actual bigint) returns bigint
language plpgsql as $$
begin
    if actual is distinct from expected then
        raise exception 'changed % of % rows', actual, expected using errcode = '40001';
    end if;
    return actual;
end
$$;
revoke all on function core.require_rows(bigint, bigint) from public;
select core.grant_to('core', 'execute on function core.require_rows(bigint, bigint)');

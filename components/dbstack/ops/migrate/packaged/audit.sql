-- Who changed what, when: a trigger for any table, which keeps the row before and after as JSONB.
--
-- Attach it with `select audit_table('customers')`; columns that nobody shall read again are named after it:
-- `select audit_table('users', 'password_hash')`. The application says who its user is, once per transaction:
-- `set local app.user_id = '42'`. Everything else (psql, a batch job, a migration) writes without it.

create table audit_log (
    id bigint generated always as identity,
    changed_at timestamptz not null default clock_timestamp(),
    table_schema text not null,
    table_name text not null,
    operation text not null check (operation in ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')),
    old_row jsonb,
    new_row jsonb,
    database_user text not null,
    application_user text,
    application_name text,
    client_address inet,
    transaction_id bigint not null,
    primary key (changed_at, id)
) partition by range (changed_at);

-- What no month takes, so that no write ever fails for want of a partition.
create table audit_log_default partition of audit_log default;

create index audit_log_table_name_changed_at_idx on audit_log (table_name, changed_at);

-- Only the trigger writes here, and only its owner reads: grant select to who must. Default privileges may have let
-- others in the moment it was made.
create function audit_log_close(place regclass) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    grantee text;
begin
    for grantee in
        select distinct case x.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(x.grantee)) end
        from pg_class c cross join aclexplode(c.relacl) x
        where c.oid = place and x.grantee <> c.relowner
    loop
        execute format('revoke all on %s from %s', place, grantee);
    end loop;
end
$$;

select audit_log_close(place) from unnest('{audit_log,audit_log_default,audit_log_id_seq}'::regclass[]) place;

-- Makes the partition of a month, before it begins or after: rows that went to the default one move into it.
-- A month that is no longer kept: alter table audit_log detach partition audit_log_202601; then drop or archive it.
create function audit_log_add_month(month date) returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    first timestamptz := date_trunc('month', month::timestamp) at time zone 'UTC';
    next timestamptz := (date_trunc('month', month::timestamp) + interval '1 month') at time zone 'UTC';
    name text := 'audit_log_' || to_char(month, 'YYYYMM');
begin
    if to_regclass('public.' || name) is null then
        lock table public.audit_log_default in exclusive mode;
        execute format('create table public.%I (like public.audit_log including defaults including constraints)', name);
        execute format(
            'with moved as (delete from public.audit_log_default where changed_at >= %L and changed_at < %L returning *) '
            'insert into public.%I select * from moved', first, next, name);
        execute format(
            'alter table public.audit_log attach partition public.%I for values from (%L) to (%L)', name, first, next);
        perform public.audit_log_close(format('public.%I', name)::regclass);
    end if;
    return name;
end
$$;

-- Security definer: who may write the table need not be able to write the log. So its search path is fixed.
create function audit_row() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    hidden text[] := coalesce(tg_argv, '{}');
begin
    insert into public.audit_log (
        table_schema, table_name, operation, old_row, new_row,
        database_user, application_user, application_name, client_address, transaction_id
    ) values (
        tg_table_schema,
        tg_table_name,
        tg_op,
        case when tg_op in ('UPDATE', 'DELETE') then to_jsonb(old) - hidden end,
        case when tg_op in ('INSERT', 'UPDATE') then to_jsonb(new) - hidden end,
        session_user,
        -- With missing_ok: without it every write outside the application would fail.
        nullif(current_setting('app.user_id', true), ''),
        nullif(current_setting('application_name', true), ''),
        inet_client_addr(),
        txid_current()
    );
    return null;
end
$$;

revoke all on function audit_row() from public;
revoke all on function audit_log_add_month(date), audit_log_close(regclass) from public;

create function audit_table(target regclass, variadic hidden text[] default '{}') returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    arguments text := (select coalesce(string_agg(quote_literal(name), ', '), '') from unnest(hidden) as name);
    unknown text := (
        select string_agg(name, ', ') from unnest(hidden) as name
        where not exists (
            select from pg_attribute where attrelid = target and attname = name and attnum > 0 and not attisdropped
        )
    );
begin
    if unknown is not null then
        raise exception 'the table % has no column %', target, unknown;
    end if;
    execute format(
        'create trigger audit_change after insert or delete on %s for each row execute function public.audit_row(%s)',
        target, arguments);
    -- An update that changes nothing is none. *<> compares types that have no equality too.
    execute format(
        'create trigger audit_update after update on %s for each row when (old *<> new) '
        'execute function public.audit_row(%s)', target, arguments);
    execute format(
        'create trigger audit_truncate after truncate on %s for each statement execute function public.audit_row()',
        target);
end
$$;
revoke all on function audit_table(regclass, text[]) from public;

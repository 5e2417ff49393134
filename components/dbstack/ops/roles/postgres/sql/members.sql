-- Since 16 a membership may give nothing but the right to hand it on, as whoever makes a role has it.
select r.rolname, m.rolname,
    bool_or(
        coalesce((to_jsonb(a) ->> 'inherit_option')::boolean, true)
        and coalesce((to_jsonb(a) ->> 'set_option')::boolean, true)
    )
from pg_auth_members a
join pg_roles r on r.oid = a.roleid
join pg_roles m on m.oid = a.member
where r.rolname = any(%(groups)s) or m.rolname = any(%(names)s)
group by 1, 2

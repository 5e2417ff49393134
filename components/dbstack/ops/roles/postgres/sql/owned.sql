select r.rolname,
    case when s.dbid = 0 or d.datname = current_database() then pg_describe_object(s.classid, s.objid, s.objsubid)
    else 'something in the database ' || d.datname end
from pg_shdepend s
join pg_roles r on r.oid = s.refobjid
left join pg_database d on d.oid = s.dbid
where s.refclassid = 'pg_authid'::regclass and s.deptype = 'o' and r.rolname = any(%(names)s)
group by 1, 2
order by 1, 2

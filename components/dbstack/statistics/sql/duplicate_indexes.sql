-- Pairs of indexes of one table with the same columns, classes, expression and condition: one is enough.
select n.nspname as schema, t.relname as table, a.relname as index, b.relname as same_as,
       pg_relation_size(a.oid) as bytes
from pg_index one
join pg_index other on other.indrelid = one.indrelid and other.indexrelid < one.indexrelid
  and other.indkey::text = one.indkey::text and other.indclass::text = one.indclass::text
  and other.indoption::text = one.indoption::text and other.indcollation::text = one.indcollation::text
  and coalesce(pg_get_expr(other.indexprs, other.indrelid), '') = coalesce(pg_get_expr(one.indexprs, one.indrelid), '')
  and coalesce(pg_get_expr(other.indpred, other.indrelid), '') = coalesce(pg_get_expr(one.indpred, one.indrelid), '')
join pg_class a on a.oid = one.indexrelid
join pg_class b on b.oid = other.indexrelid and b.relam = a.relam
join pg_class t on t.oid = one.indrelid
join pg_namespace n on n.oid = t.relnamespace
where one.indisvalid and other.indisvalid and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_'
order by bytes desc
limit 50;

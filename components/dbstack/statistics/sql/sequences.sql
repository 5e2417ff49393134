-- Sequences that have used more than half of their numbers: after the last one each insert fails.
select schemaname as schema, sequencename as sequence, last_value, max_value,
       round(100.0 * (last_value::numeric - min_value) / greatest(max_value::numeric - min_value, 1))::int as used_percent
from pg_sequences
where last_value is not null and increment_by > 0 and not cycle
  and (last_value::numeric - min_value) > (max_value::numeric - min_value) / 2
order by used_percent desc
limit 20;

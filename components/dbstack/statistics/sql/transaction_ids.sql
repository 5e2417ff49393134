-- How many transaction ids the oldest row of each database is behind: at 2 147 483 648 PostgreSQL stops.
select datname as database, age(datfrozenxid)::bigint as transaction_ids,
       mxid_age(datminmxid)::bigint as multixact_ids,
       current_setting('autovacuum_freeze_max_age')::bigint as freeze_max_age
from pg_database
where datallowconn
order by transaction_ids desc;

-- Sizes of the databases.
select datname as name, pg_database_size(oid) as size_bytes
from pg_database
where not datistemplate;

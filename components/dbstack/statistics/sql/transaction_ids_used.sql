-- Transaction ids that vacuum has not given back yet, of the database that is worst off.
select max(age(datfrozenxid)) as used
from pg_database;

"""Words that can't name a master user or a first database. Data only, lower case.

RDS refuses "a word reserved by the engine" and publishes no list. These are the engines' own reserved words plus
those that RDS was seen to refuse; a word that is missing here is still refused by AWS itself.
"""

# PostgreSQL 17, appendix C: the categories "reserved" and "reserved (can be function or type)".
_POSTGRES_KEYWORDS = """
all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
column concurrently constraint create cross current_catalog current_date current_role current_schema current_time
current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze
from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit
localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references
returning right select session_user similar some symmetric system_user table tablesample then to trailing true union
unique user using variadic verbose when where window with
"""

# MySQL 8.4 reference manual, 11.3 "Keywords and Reserved Words": the words marked (R).
_MYSQL_KEYWORDS = """
accessible add all alter analyze and as asc asensitive before between bigint binary blob both by call cascade case
change char character check collate column condition constraint continue convert create cross cube cume_dist
current_date current_time current_timestamp current_user cursor database databases day_hour day_microsecond
day_minute day_second dec decimal declare default delayed delete dense_rank desc describe deterministic distinct
distinctrow div double drop dual each else elseif empty enclosed escaped except exists exit explain false fetch
first_value float float4 float8 for force foreign from fulltext function generated get grant group grouping groups
having high_priority hour_microsecond hour_minute hour_second if ignore in index infile inner inout insensitive
insert int int1 int2 int3 int4 int8 integer intersect interval into io_after_gtids io_before_gtids is iterate join
json_table key keys kill lag last_value lateral lead leading leave left like limit linear lines load localtime
localtimestamp lock long longblob longtext loop low_priority manual match maxvalue mediumblob mediumint mediumtext
middleint minute_microsecond minute_second mod modifies natural not no_write_to_binlog nth_value ntile null numeric
of on optimize optimizer_costs option optionally or order out outer outfile over parallel partition percent_rank
precision primary procedure purge qualify range rank read reads read_write real recursive references regexp release
rename repeat replace require resignal restrict return revoke right rlike row rows row_number schema schemas
second_microsecond select sensitive separator set show signal smallint spatial specific sql sqlexception sqlstate
sqlwarning sql_big_result sql_calc_found_rows sql_small_result ssl starting stored straight_join system table
tablesample terminated then tinyblob tinyint tinytext to trailing trigger true undo union unique unlock unsigned
update usage use using utc_date utc_time utc_timestamp values varbinary varchar varcharacter varying virtual when
where while window with write xor year_month zerofill
"""

# Accounts that RDS itself makes; seen on instances, and in the user guide's "master user" chapters.
_RDS_USERS = "rdsadmin rdsrepladmin rdsproxyadmin rdstopmgr"
# PostgreSQL roles that RDS makes (user guide, "Understanding PostgreSQL roles and permissions").
_RDS_POSTGRES_ROLES = """
rds_ad rds_extension rds_iam rds_password rds_replication rds_reserved rds_superuser
"""

POSTGRES_USERS = frozenset(
    # `admin`: aws-cloudformation/cfn-lint pull 4425 (deployed); `user`: the example of terraform-aws-modules/rds.
    f"{_POSTGRES_KEYWORDS} {_RDS_USERS} {_RDS_POSTGRES_ROLES} admin public none".split()
)
POSTGRES_DATABASES = frozenset(
    # admin (awslabs/aws-saas-boost issue 180), catalog, db, dispatch, flag, grant, identity: answers of RDS quoted in
    # public deployment notes. `postgres` is not refused: it is the database that exists anyway.
    f"{_POSTGRES_KEYWORDS} admin catalog db dispatch flag identity rdsadmin template0 template1".split()
)
MYSQL_USERS = frozenset(f"{_MYSQL_KEYWORDS} {_RDS_USERS}".split())
MYSQL_DATABASES = frozenset(
    # The server's own schemas; `mysql` is quoted as refused by RDS whatever its case.
    f"{_MYSQL_KEYWORDS} information_schema innodb mysql performance_schema rdsadmin sys tmp".split()
)

# Oracle's reserved words (SQL Language Reference 19c, appendix E) and the accounts that every Oracle database has
# (V$PWFILE_USERS and DBA_USERS with ORACLE_MAINTAINED = Y, those that a user could think of).
ORACLE_USERS = frozenset(
    f"""
access add all alter and any as asc audit between by char check cluster column comment compress connect create current
date decimal default delete desc distinct drop else exclusive exists file float for from grant group having identified
immediate in increment index initial insert integer intersect into is level like lock long maxextents minus mlslabel
mode modify noaudit nocompress not nowait null number of offline on online option or order pctfree prior public raw
rename resource revoke row rowid rownum rows select session set share size smallint start successful synonym sysdate
table then to trigger uid union unique update user validate values varchar varchar2 view whenever where with
anonymous ctxsys dbsnmp gsmadmin_internal mdsys outln sys sysbackup sysdg syskm sysrac system xdb {_RDS_USERS} rdssec
""".split()
)
# [API DBName]: "You can't specify the string null, or any other reserved word".
ORACLE_DATABASES = frozenset({"null"})
# Logins, users and roles that SQL Server and RDS have from the start (user guide, SQL Server master user).
SQLSERVER_USERS = frozenset(
    f"""
bulkadmin db_owner dbcreator dbo diskadmin guest information_schema master model msdb null processadmin public rdsa
sa securityadmin serveradmin setupadmin sys sysadmin system tempdb user {_RDS_USERS}
""".split()
)
SQLSERVER_DATABASES = frozenset({"master", "model", "msdb", "rdsadmin", "tempdb"})

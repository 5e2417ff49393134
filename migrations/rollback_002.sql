-- Refused by PostgreSQL while a table is still audited. The log and all that is in it goes.
drop function audit_table(regclass, text[]);
drop function audit_row();
drop function audit_log_add_month(date);
drop function audit_log_close(regclass);
drop table audit_log;

-- What identifies or unlocks a person stays out of the log.
select audit_table('customers', 'tax_number_encrypted', 'tax_number_digest');
select audit_table('users', 'password_hash');
select audit_table('orders');
select audit_table('products', 'search');

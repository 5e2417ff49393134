drop function lookup_digest(text, text);
drop function decrypt_text(bytea, text);
drop function encrypt_text(text, text);

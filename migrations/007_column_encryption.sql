-- Encryption of single columns. crypt() is none: it is a hash for passwords, and nothing comes back out of it.
--
-- The key is the application's, from its secret store, sent with each call as a bind parameter and never kept here: a
-- dump, a replica and a stolen disk hold ciphertext only. Keep it out of the log too: log_statement = none or ddl, and
-- log_parameter_max_length = 0.

create function encrypt_text(plain text, key text) returns bytea
language plpgsql
strict
parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
    if length(key) < 32 then
        raise exception 'a key has at least 32 characters' using errcode = 'invalid_parameter_value';
    end if;
    -- Each call has a salt of its own, so that equal values are not equal ciphertexts; it finds tampering (MDC).
    return public.pgp_sym_encrypt(plain, key, 'cipher-algo=aes256, compress-algo=0, s2k-digest-algo=sha256');
end
$$;

create function decrypt_text(encrypted bytea, key text) returns text
language sql
strict
parallel safe
set search_path = pg_catalog, pg_temp
as $$
    select public.pgp_sym_decrypt(encrypted, key);
$$;

-- To find a value that is encrypted: the same for the same value, and worth nothing without its key, which is another
-- one than that of encryption.
create function lookup_digest(plain text, key text) returns bytea
language plpgsql
strict
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
    if length(key) < 32 then
        raise exception 'a key has at least 32 characters' using errcode = 'invalid_parameter_value';
    end if;
    return public.hmac(convert_to(plain, 'UTF8'), convert_to(key, 'UTF8'), 'sha256');
end
$$;

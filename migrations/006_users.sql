create table users (
    id bigint generated always as identity primary key,
    customer_id bigint unique references customers (id) on delete set null,
    login text not null unique,
    -- A hash, which nobody turns back: Argon2 in the application, or crypt(password, gen_salt('bf', 12)) of pgcrypto.
    password_hash text not null check (password_hash ~ '^\$(argon2id|2[aby])\$'),
    profile jsonb not null default '{}' check (jsonb_typeof(profile) = 'object'),
    created_at timestamptz not null default now()
);

-- GIN: profile @> '{"newsletter": true}'. jsonb_path_ops serves only @> and the like, and is smaller for it.
create index users_profile_idx on users using gin (profile jsonb_path_ops);

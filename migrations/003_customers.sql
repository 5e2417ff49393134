create table customers (
    id bigint generated always as identity primary key,
    email text not null check (email ~ '^[^@\s]+@[^@\s]+$'),
    full_name text not null,
    -- Encrypted by the application's key, and a keyed digest to find it by: see migration 007.
    tax_number_encrypted bytea,
    tax_number_digest bytea,
    created_at timestamptz not null default now(),
    check ((tax_number_encrypted is null) = (tax_number_digest is null))
);

-- Expression: Ann@example.com and ann@example.com are one address.
create unique index customers_lower_email_idx on customers (lower(email));

-- Ciphertext can't be searched, its digest can.
create unique index customers_tax_number_digest_idx on customers (tax_number_digest);

create table addresses (
    id bigint generated always as identity primary key,
    customer_id bigint not null references customers (id) on delete cascade,
    line_1 text not null,
    line_2 text,
    postal_code text not null,
    city text not null,
    country_code text not null check (country_code ~ '^[A-Z]{2}$')
);

-- B-tree: every foreign key has one. Without it each deleted customer reads the whole table.
create index addresses_customer_id_idx on addresses (customer_id);

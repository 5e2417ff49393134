create table categories (
    id bigint generated always as identity primary key,
    parent_id bigint references categories (id),
    name text not null,
    slug text not null unique check (slug ~ '^[a-z0-9-]+$')
);

create index categories_parent_id_idx on categories (parent_id);

create table products (
    id bigint generated always as identity primary key,
    category_id bigint not null references categories (id),
    sku text not null unique,
    name text not null,
    description text not null default '',
    price numeric(12, 2) not null check (price >= 0),
    -- A title weighs more than a description.
    search tsvector not null generated always as (
        setweight(to_tsvector('english', name), 'A') || setweight(to_tsvector('english', description), 'B')
    ) stored
);

-- Composite: a category's products by price, and the foreign key's index at once.
create index products_category_id_price_idx on products (category_id, price);

-- Full text.
create index products_search_idx on products using gin (search);

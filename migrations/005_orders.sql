create table orders (
    id bigint generated always as identity primary key,
    customer_id bigint not null references customers (id),
    shipping_address_id bigint not null references addresses (id),
    billing_address_id bigint not null references addresses (id),
    status text not null default 'pending'
        check (status in ('pending', 'paid', 'shipped', 'delivered', 'cancelled')),
    ordered_at timestamptz not null default now()
);

-- Composite: a customer's orders, the newest first.
create index orders_customer_id_ordered_at_idx on orders (customer_id, ordered_at desc);
create index orders_shipping_address_id_idx on orders (shipping_address_id);
create index orders_billing_address_id_idx on orders (billing_address_id);

create table order_items (
    order_id bigint not null references orders (id) on delete cascade,
    -- squawk-ignore prefer-bigint-over-int
    line_number integer not null check (line_number > 0),
    product_id bigint not null references products (id),
    -- squawk-ignore prefer-bigint-over-int
    quantity integer not null check (quantity > 0),
    -- What was agreed when it was ordered: the order's fact, not the product's. An order's total is a sum of these.
    unit_price numeric(12, 2) not null check (unit_price >= 0),
    primary key (order_id, line_number)
);

create index order_items_product_id_idx on order_items (product_id);

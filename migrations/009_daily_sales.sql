create materialized view daily_sales as
select
    (orders.ordered_at at time zone 'UTC')::date as day,
    products.category_id,
    count(distinct orders.id) as order_count,
    sum(order_items.quantity) as item_count,
    sum(order_items.quantity * order_items.unit_price) as revenue
from orders
join order_items on order_items.order_id = orders.id
join products on products.id = order_items.product_id
where orders.status <> 'cancelled'
group by 1, 2;

-- A refresh that doesn't lock readers out needs a unique index over all rows. The view is new: nobody waits.
-- squawk-ignore require-concurrent-index-creation
create unique index daily_sales_day_category_id_idx on daily_sales (day, category_id);

-- Only the owner may refresh: this lends the right to whom execute is granted.
create function refresh_daily_sales() returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    refresh materialized view concurrently public.daily_sales;
$$;
revoke all on function refresh_daily_sales() from public;

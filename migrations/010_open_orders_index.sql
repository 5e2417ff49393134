-- dbstack: no-transaction
-- Partial: the few orders that are to be worked on, out of all there ever were.
-- Concurrently, as an index of a table in use is built: nobody waits for it.
create index concurrently if not exists orders_open_idx on orders (ordered_at) where status in ('pending', 'paid');

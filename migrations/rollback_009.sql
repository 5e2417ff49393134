drop function refresh_daily_sales();
drop materialized view daily_sales;

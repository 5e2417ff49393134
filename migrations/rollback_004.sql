drop table products;
drop table categories;

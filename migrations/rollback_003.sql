drop table addresses;
drop table customers;

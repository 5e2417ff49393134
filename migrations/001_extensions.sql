-- Encryption of columns (migration 007); an extension that every PostgreSQL and RDS has.
create extension if not exists pgcrypto with schema public;

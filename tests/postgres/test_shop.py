"""The example migrations: each index is used, what is encrypted stays so, what is audited is told."""

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.postgres.cluster import Server
from tests.postgres.migrating import Workshop

pytestmark = pytest.mark.postgres

ROOT = Path(__file__).resolve().parents[2]
KEY, OTHER_KEY = "k" * 32, "o" * 32
# Enough rows for the planner to have a choice.
ROWS = """
insert into categories (name, slug) select 'Category ' || n, 'category-' || n from generate_series(1, 1000) n;
update categories set parent_id = 1 + id % 100 where id > 100;
insert into customers (email, full_name)
    select 'Customer' || n || '@example.com', 'Customer ' || n from generate_series(1, 3000) n;
update customers set tax_number_encrypted = '\\x00', tax_number_digest = sha256(id::text::bytea);
insert into addresses (customer_id, line_1, postal_code, city, country_code)
    select id, 'Street 1', '10115', 'Berlin', 'DE' from customers;
insert into products (category_id, sku, name, description, price)
    select 1 + n % 50, 'sku-' || n, case when n % 500 = 0 then 'Walnut chair' else 'Oak table' end, 'Number ' || n,
        n % 97
    from generate_series(1, 5000) n;
insert into orders (customer_id, shipping_address_id, billing_address_id, status, ordered_at)
    select 1 + n % 3000, 1 + n % 3000, 1 + n % 3000,
        case when n % 200 = 0 then 'pending' else 'delivered' end, timestamptz '2026-01-01' + n * interval '1 minute'
    from generate_series(1, 20000) n;
insert into order_items (order_id, line_number, product_id, quantity, unit_price)
    select n, 1, 1 + n % 5000, 1 + n % 3, 10 from generate_series(1, 20000) n;
insert into users (customer_id, login, password_hash, profile)
    select n, 'user' || n, '$2b$12$' || repeat('x', 53), jsonb_build_object('theme', n % 300)
    from generate_series(1, 3000) n;
delete from audit_log where table_name = 'users' and id % 100 <> 0;
refresh materialized view daily_sales;
"""
USED = {
    "customers_pkey": "select * from customers where id = 7",
    "customers_lower_email_idx": "select * from customers where lower(email) = 'customer7@example.com'",
    "customers_tax_number_digest_idx": "select * from customers where tax_number_digest = sha256('7')",
    "addresses_pkey": "select * from addresses where id = 7",
    "addresses_customer_id_idx": "select * from addresses where customer_id = 7",
    "categories_pkey": "select * from categories where id = 7",
    "categories_slug_key": "select * from categories where slug = 'category-7'",
    "categories_parent_id_idx": "select * from categories where parent_id = 2",
    "products_pkey": "select * from products where id = 7",
    "products_sku_key": "select * from products where sku = 'sku-7'",
    "products_category_id_price_idx": "select * from products where category_id = 7 order by price limit 5",
    "products_search_idx": "select * from products where search @@ websearch_to_tsquery('english', 'walnut chairs')",
    "orders_pkey": "select * from orders where id = 7",
    "orders_customer_id_ordered_at_idx": "select * from orders where customer_id = 7 order by ordered_at desc limit 5",
    "orders_shipping_address_id_idx": "select * from orders where shipping_address_id = 7",
    "orders_billing_address_id_idx": "select * from orders where billing_address_id = 7",
    "orders_open_idx": "select * from orders where status in ('pending', 'paid') order by ordered_at limit 20",
    "order_items_pkey": "select * from order_items where order_id = 7",
    "order_items_product_id_idx": "select * from order_items where product_id = 7",
    "users_pkey": "select * from users where id = 7",
    "users_customer_id_key": "select * from users where customer_id = 7",
    "users_login_key": "select * from users where login = 'user7'",
    "users_profile_idx": "select * from users where profile @> '{\"theme\": 7}'",
    "daily_sales_day_category_id_idx": "select * from daily_sales where day = '2026-01-05' and category_id = 7",
    "audit_log_pkey": "select * from audit_log where id = 7",
    "audit_log_table_name_changed_at_idx": (
        "select * from audit_log where table_name = 'users' and changed_at > now() - interval '1 hour' "
        "order by changed_at limit 5"
    ),
}


@pytest.fixture(scope="module")
def shop(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    with (
        pytest.MonkeyPatch.context() as patch,
        Workshop.made(postgres, tmp_path_factory.mktemp("shop"), patch) as made,
    ):
        made.folder = ROOT / "migrations"
        made.ok("up")
        made.sql(ROWS)
        made.sql("vacuum analyze")
        yield made


@pytest.fixture
def session(shop: Workshop) -> Iterator["psycopg.Connection[Any]"]:
    """A transaction that is rolled back."""
    with shop.session() as connection, connection.transaction(force_rollback=True):
        yield connection


def indexes(plan: Any) -> set[str]:
    """Every index in a plan."""
    found = {plan["Index Name"]} if "Index Name" in plan else set()
    return found.union(*(indexes(inner) for inner in plan.get("Plans", ())))


@pytest.mark.parametrize("index", USED)
def test_the_index_is_used(session: "psycopg.Connection[Any]", index: str):
    row = session.execute(f"explain (format json) {USED[index]}").fetchone()
    assert row is not None
    used = indexes(row[0][0]["Plan"])
    # Each partition has its own part of it.
    used = {name.replace("audit_log_default_", "audit_log_") for name in used}
    assert index in used, row


def test_every_index_is_tested(session: "psycopg.Connection[Any]"):
    made = session.execute(
        "select c.relname::text from pg_index i "
        "join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid "
        "where c.relnamespace = 'public'::regnamespace and not c.relispartition and t.relname <> 'schema_migrations'"
    ).fetchall()
    assert {row[0] for row in made} == USED.keys()


def test_the_whole_set_goes_down_and_up_and_has_no_findings(workshop: Workshop):
    folder = shutil.copytree(ROOT / "migrations", workshop.folder, dirs_exist_ok=True)
    before = workshop.dump()
    assert workshop.ok("check") == "no findings\n", "linted, while everything is pending"
    workshop.ok("up")
    assert workshop.ok("check") == "no findings\n"
    first = workshop.dump()
    workshop.ok("down", "0")
    workshop.sql("drop table schema_migrations")
    assert workshop.dump() == before
    for number in range(1, 11):
        workshop.ok("up", str(number))
        if number > 1:
            workshop.ok("down", str(number - 1))
            workshop.ok("up", str(number))
    assert table_lines(workshop.dump()) == table_lines(first)
    assert len(list(folder.glob("*.sql"))) == 20


def table_lines(dump: str) -> set[str]:
    return {line for line in dump.splitlines() if "\t" not in line}


def test_encrypted_columns_hold_ciphertext_and_are_found_by_their_digest(session: "psycopg.Connection[Any]"):
    session.execute(
        "update customers set tax_number_encrypted = encrypt_text('DE123456789', %(key)s), "
        "tax_number_digest = lookup_digest('DE123456789', %(other)s) where id = 7",
        {"key": KEY, "other": OTHER_KEY},
    )
    row = session.execute(
        "select id, tax_number_encrypted, decrypt_text(tax_number_encrypted, %s) from customers "
        "where tax_number_digest = lookup_digest('DE123456789', %s)",
        (KEY, OTHER_KEY),
    ).fetchone()
    assert row is not None
    assert (row[0], row[2]) == (7, "DE123456789")
    assert b"DE123456789" not in row[1]
    twice = session.execute(
        "select encrypt_text('x', %(key)s) = encrypt_text('x', %(key)s), encrypt_text(null, %(key)s) is null",
        {"key": KEY},
    ).fetchone()
    assert twice == (False, True)
    # AES-256, in the packet's own words: tag 3, version 4, cipher 9.
    assert row[1][0] & 0x3F == 3
    assert row[1][2:4] == bytes([4, 9])
    for query, words in (
        ("select decrypt_text(%s, %s)", "Wrong key"),
        ("select encrypt_text(encode(%s, 'hex'), left(%s, 31))", "a key has at least 32 characters"),
        ("select lookup_digest(encode(%s, 'hex'), left(%s, 31))", "a key has at least 32 characters"),
    ):
        with pytest.raises(psycopg.Error, match=words), session.transaction():
            session.execute(query, (row[1], OTHER_KEY))
    broken = row[1][:-4] + bytes(4)
    with pytest.raises(psycopg.Error, match="Wrong key or corrupt data"), session.transaction():
        session.execute("select decrypt_text(%s, %s)", (broken, KEY))


def test_a_clear_password_is_no_hash(session: "psycopg.Connection[Any]"):
    with pytest.raises(psycopg.errors.CheckViolation), session.transaction():
        session.execute("insert into users (login, password_hash) values ('a', 'hunter2222')")
    session.execute(
        "insert into users (login, password_hash) values ('a', crypt('hunter2222', gen_salt('bf', 4)))"
    )


def audited(session: "psycopg.Connection[Any]") -> list[tuple[Any, ...]]:
    return session.execute(
        "select operation, old_row, new_row, application_user, database_user from audit_log "
        "where transaction_id = txid_current() order by id"
    ).fetchall()


def test_the_audit_trigger_tells_who_changed_what(session: "psycopg.Connection[Any]"):
    session.execute(
        "insert into users (login, password_hash, profile) values ('eve', '$2b$12$x', '{\"a\": 1}')"
    )
    session.execute("select set_config('app.user_id', '42', true)")
    session.execute("update users set profile = '{\"a\": 2}', password_hash = '$2b$12$y' where login = 'eve'")
    session.execute("update users set profile = profile where login = 'eve'")
    session.execute("delete from users where login = 'eve'")
    told = audited(session)
    assert [row[0] for row in told] == ["INSERT", "UPDATE", "DELETE"], (
        "an update that changes nothing is none"
    )
    assert [row[3] for row in told] == [None, "42", "42"], "without the application nothing fails"
    assert {row[4] for row in told} == {"dbadmin"}
    assert (told[0][1], told[0][2]["profile"]) == (None, {"a": 1})
    assert (told[1][1]["profile"], told[1][2]["profile"]) == ({"a": 1}, {"a": 2})
    assert (told[2][1]["login"], told[2][2]) == ("eve", None)
    assert "password_hash" not in json.dumps([row[1:3] for row in told])
    session.execute("truncate users")
    assert audited(session)[-1][:3] == ("TRUNCATE", None, None)


def test_who_may_write_the_table_can_neither_read_nor_write_the_log(session: "psycopg.Connection[Any]"):
    session.execute("create role app_of_test; grant select, insert on products to app_of_test")
    session.execute("set local role app_of_test")
    session.execute("insert into products (category_id, sku, name, price) values (1, 'new', 'New', 1)")
    for query in ("select * from audit_log", "delete from audit_log", "insert into audit_log default values"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), session.transaction():
            session.execute(query)
    with pytest.raises(psycopg.errors.InsufficientPrivilege), session.transaction():
        session.execute("select audit_table('products')")
    session.execute("reset role")
    assert [(row[0], row[2]["sku"]) for row in audited(session)] == [("INSERT", "new")]


def test_a_month_has_a_partition_of_its_own_and_its_rows_move_into_it(session: "psycopg.Connection[Any]"):
    before = session.execute("select count(*) from audit_log_default").fetchone()
    assert before is not None
    assert before[0] > 0
    today = date.today()
    name = f"audit_log_{today:%Y%m}"
    for _ in range(2):
        assert session.execute("select audit_log_add_month(%s)", (today,)).fetchone() == (name,)
    assert session.execute(f"select count(*) from {name}").fetchone() == before
    assert session.execute("select count(*) from audit_log_default").fetchone() == (0,)
    session.execute("update orders set status = 'paid' where id = 1")
    assert session.execute(
        "select tableoid::regclass::text from audit_log where transaction_id = txid_current()"
    ).fetchall() == [(name,)]
    plan = session.execute(
        "explain (format json) select * from audit_log where changed_at < '2020-01-01'"
    ).fetchone()
    assert name not in json.dumps(plan), "what can't be in a partition isn't looked for there"


def test_a_column_that_is_not_there_cannot_be_hidden(session: "psycopg.Connection[Any]"):
    with (
        pytest.raises(psycopg.Error, match="has no column nosuch"),
        session.transaction(),
    ):
        session.execute("select audit_table('addresses', 'nosuch')")


def test_the_view_is_refreshed_while_it_is_read(shop: Workshop):
    with shop.session() as reader, reader.transaction():
        before = reader.execute("select sum(item_count) from daily_sales").fetchone()
        with shop.session() as writer:
            writer.execute("insert into order_items values (1, 9, 1, 1000, 1)")
            # Without `concurrently` this would wait for the reader.
            writer.execute("set lock_timeout = '500ms'")
            writer.execute("select refresh_daily_sales()")
            after = writer.execute("select sum(item_count) from daily_sales").fetchone()
        assert before is not None
        assert after == (before[0] + 1000,)


def test_the_packaged_audit_is_the_examples(tmp_path: Path):
    from dbstack.ops.migrate.packages import add

    made = add("audit", tmp_path / "migrations")
    assert [path.name for path in made] == ["001_audit.sql", "rollback_001.sql"]
    for path, ours in zip(made, ("002_audit.sql", "rollback_002.sql"), strict=True):
        assert path.read_text() == (ROOT / "migrations" / ours).read_text()

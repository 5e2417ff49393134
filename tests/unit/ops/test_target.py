"""What a URL says of a database, and where a password may stand."""

import pytest

from dbstack.ops import OpsUsageError, Target, url_target
from dbstack.ops.mysql import mysql_target
from dbstack.ops.options import target_of
from dbstack.ops.target import trusted_authorities


def made(url: str | None = None, /, sslmode: str | None = None, **environment: str) -> Target:
    return url_target(url, sslmode=sslmode, environment=environment)


def test_a_url_and_libpqs_own_words_say_the_same():
    target = made("postgresql://ann@db.example.com:6000/shop?application_name=x")
    assert (target.engine, target.host, target.port) == ("postgres", "db.example.com", 6000)
    assert (target.database, target.username, target.password) == ("shop", "ann", None)
    assert target == made("host=db.example.com port=6000 dbname=shop user=ann application_name=x")
    assert target.libpq()["application_name"] == "x"


def test_the_certificate_is_checked_unless_that_is_switched_off_in_libpqs_words():
    url = "postgresql://ann@db.example.com/shop"
    checked = made(url)
    assert checked.libpq()["sslmode"] == "verify-full"
    assert checked.libpq()["sslrootcert"] == trusted_authorities()
    assert checked.is_checked
    for target in (
        made(f"{url}?sslmode=require"),
        made(url, PGSSLMODE="require"),
        made(f"{url}?sslmode=verify-ca", "require"),
    ):
        assert (target.libpq()["sslmode"], target.is_checked) == ("require", False)
        assert "sslrootcert" not in target.libpq()
    assert made(f"{url}?sslrootcert=/ca.pem").libpq()["sslrootcert"] == "/ca.pem"
    assert made("host=/run/postgresql sslmode=disable").is_checked
    with pytest.raises(OpsUsageError, match="sslmode 'verify' is unknown: choose among disable, allow"):
        made(f"{url}?sslmode=verify")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:hunter2222@db/shop",
        "postgresql://ann@db/shop?password=hunter2222",
        "host=db password=hunter2222",
        "postgresql://ann@db/shop?sslpassword=hunter2222",
    ],
)
def test_a_password_on_the_command_line_is_refused_and_in_the_environment_taken(url: str):
    with pytest.raises(
        OpsUsageError, match=r"list of processes: put the URL into DBSTACK_DATABASE_URL"
    ) as told:
        made(url)
    assert "hunter2222" not in str(told.value)
    target = made(DBSTACK_DATABASE_URL=url)
    assert "hunter2222" in target.libpq().values()
    assert "hunter2222" not in repr(target) + target.label


def test_the_command_line_comes_before_the_environment():
    assert made("host=one", DBSTACK_DATABASE_URL="host=two").host == "one"
    assert made("dbname=x", PGHOST="three", PGPORT="99", PGUSER="bob").label == "x at three:99"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (None, "name the database: -s STACK"),
        ("mysql://ann@db/shop", "--url is no PostgreSQL URL"),
        ("postgresql://ann:%zz:hunter2222@db/shop", "--url can't be read"),
        ("postgresql://ann@one:1,two:2/shop", "name one host and one port"),
    ],
)
def test_what_is_no_target(url: str | None, words: str):
    with pytest.raises(OpsUsageError, match=words) as told:
        made(url)
    assert "hunter2222" not in str(told.value)


def of_mysql(url: str, source: str = "--url") -> Target:
    return mysql_target(url, source, "DBSTACK_DATABASE_URL")


def test_a_url_of_mysql_checks_the_certificate_unless_it_says_otherwise():
    target = of_mysql("mysql://ann%40x@db.example.com/shop_dev")
    assert (target.engine, target.host, target.port) == ("mysql", "db.example.com", 3306)
    assert (target.database, target.username, target.sslmode) == ("shop_dev", "ann@x", "verify-full")
    assert target.is_checked
    assert not target.is_postgres
    target = of_mysql("mariadb://ann@db:99?ssl-mode=VERIFY_CA&ssl-ca=/ca.pem")
    assert (target.engine, target.port, target.database) == ("mariadb", 99, "")
    assert (target.sslmode, target.sslrootcert) == ("verify-ca", "/ca.pem")
    # As `connection_url` writes it.
    assert not of_mysql("mysql://ann@db:3306/shop?ssl-mode=REQUIRED").is_checked
    with pytest.raises(OpsUsageError, match="sslmode 'verify' is unknown"):
        of_mysql("mysql://ann@db/shop?sslmode=verify")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://db/shop", "--url names no user"),
        ("mysql:///shop", "--url names no host"),
        ("mysql://ann:hunter2222@db:x/shop", "--url can't be read"),
        (
            "mysql://ann:hunter2222@db/shop",
            r"put the URL into DBSTACK_DATABASE_URL, or .* MYSQL_PWD or a password in ~",
        ),
        ("mysql://ann@db/shop?charset=x", "charset is unknown: a URL of MySQL may say ssl-mode"),
    ],
)
def test_what_is_no_url_of_mysql(url: str, words: str):
    with pytest.raises(OpsUsageError, match=words) as told:
        of_mysql(url)
    assert "hunter2222" not in str(told.value)


def test_a_password_of_mysql_may_be_in_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DBSTACK_DATABASE_URL", "mysql://ann:hunter%2F22@db/shop")
    target = target_of(None, None, None, None, None, mysql=True)
    assert (target.engine, target.password) == ("mysql", "hunter/22")
    assert "hunter" not in repr(target) + target.label
    with pytest.raises(
        OpsUsageError, match="DBSTACK_DATABASE_URL is no PostgreSQL URL, and this command is for"
    ):
        target_of(None, None, None, None, None)


def test_one_database_is_named_in_one_way():
    with pytest.raises(OpsUsageError, match="--stack and --url are both given"):
        target_of("dev", None, "host=x", None, None)
    with pytest.raises(OpsUsageError, match="give --stack too"):
        target_of(None, "app", "host=x", None, None)


def test_programs_of_postgresql_are_told_by_their_environment():
    told = made(DBSTACK_DATABASE_URL="postgresql://ann:hunter2222@db:6000/shop").environment()
    names = {
        "PGHOST": "db",
        "PGPORT": "6000",
        "PGDATABASE": "shop",
        "PGUSER": "ann",
        "PGPASSWORD": "hunter2222",
    }
    assert names.items() <= told.items()
    assert told["PGSSLMODE"] == "verify-full"

"""Where a statement begins and ends."""

import pytest

from dbstack.ops.migrate.statements import ScriptError, Statement, statements, without_literals


def texts(sql: str) -> list[str]:
    return [found.text for found in statements(sql)]


@pytest.mark.parametrize(
    "one",
    [
        "select ';'",
        "select 'it''s; ' , 1",
        r"select E'it\'s;', 'a\', 2",
        'select ";" as "a""b;"',
        "do $$ begin perform 1; end $$",
        "create function f() returns int language sql as $body$ select '$$;'; $body$",
        "select $1, a$b$c, x",
        "select 1 /* ; /* nested; */ still; */ + 2",
        "select 1 -- ; not here\n + 2",
        "create rule r as on insert to t do also (insert into a values (1); insert into b values (2))",
        "create function f(x int) returns int begin atomic select 1; select case when x > 1 then 2 else 3 end; end",
        "create or replace procedure p() begin atomic insert into t values (1); end",
        "select é, _x, 1e5, U&'d\\0061t;a'",
    ],
)
def test_a_semicolon_inside_ends_nothing(one: str):
    assert texts(f"-- first\n{one};\nselect 2;") == [one, "select 2"]
    assert texts(one) == [one]


def test_lines_words_and_empty_statements():
    sql = ";;\n\n/* a\ncomment */ Create  TABLE\n a (\n b int);\n ; select\n'x'\n"
    assert list(statements(sql)) == [
        Statement("Create  TABLE\n a (\n b int)", 4, ("create", "table", "a", "b", "int")),
        Statement("select\n'x'", 7, ("select",)),
    ]
    assert texts(" -- nothing\n") == []


@pytest.mark.parametrize(
    ("sql", "line", "words"),
    [
        ("select 1;\nselect 'open", 2, "quote ' is never closed"),
        ('\n\nselect "open', 3, 'quote " is never closed'),
        ("\ndo $x$ begin $$", 2, r"quote \$x\$ is never closed"),
        ("select 1;\n/* /* */", 2, r"comment /\* is never closed"),
        ("select 1;\nselect (1;\nselect 2;", 2, "parenthesis or a BEGIN"),
        ("select 1;\n\\copy t from 'x'", 2, r"\\copy is a command of psql"),
    ],
)
def test_what_is_no_sequence_of_statements(sql: str, line: int, words: str):
    with pytest.raises(ScriptError, match=words) as told:
        texts(sql)
    assert told.value.line == line


@pytest.mark.parametrize(
    ("sql", "control", "concurrent", "stdin"),
    [
        ("BEGIN", True, False, False),
        ("start transaction", True, False, False),
        ("commit and chain", True, False, False),
        ("prepare transaction 'x'", True, False, False),
        ("prepare q as select 1", False, False, False),
        ("create unique index concurrently if not exists i on t (a)", False, True, False),
        ("copy t (a, b) from stdin with (format csv)", False, False, True),
        ("copy t from '/file'", False, False, False),
        ("'x'", False, False, False),
    ],
)
def test_what_a_statement_does(sql: str, control: bool, concurrent: bool, stdin: bool):
    (found,) = statements(sql)
    assert (found.controls_transaction, found.is_concurrent, found.copies_from_stdin) == (
        control,
        concurrent,
        stdin,
    )


@pytest.mark.parametrize(
    ("sql", "at_once"),
    [
        ("insert into t values (1)", True),
        ("with x as (select 1) delete from t", True),
        ("alter type mood add value 'odd'", True),
        ("create index i on t (a)", True),
        ("create index concurrently i on t (a)", False),
        ("alter table t detach partition p concurrently", False),
        ("refresh materialized view concurrently v", False),
        ("vacuum t", False),
        ("alter system set work_mem = '1MB'", False),
        ("alter database x set tablespace y", False),
        ("call may_commit()", False),
        ("do $$ begin commit; end $$", False),
        ("set work_mem = '1MB'", False),
        ("'x'", False),
    ],
)
def test_what_is_recorded_in_its_own_transaction(sql: str, at_once: bool):
    (found,) = statements(sql)
    assert found.can_be_recorded_at_once is at_once


def test_literals_are_taken_out():
    assert without_literals("alter role a password 'it''s', E'x\\'y', $q$z$q$ -- b") == (
        "alter role a password '…', '…', '…' -- b"
    )

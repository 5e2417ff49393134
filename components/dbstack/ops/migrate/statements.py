"""A file of SQL as its statements: where each begins and ends is decided as psql decides it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# What the scanner must not look into, or must look at. Of a dollar quote the tag is matched, its end is searched for.
_TOKEN = re.compile(
    r"""
      (?P<comment>--[^\n]*)
    | (?P<block>/\*)
    | (?P<escape>(?<![\w$])[eE]'[^'\\]*(?:(?:\\.|'')[^'\\]*)*(?P<escape_end>')?)
    | (?P<string>'[^']*(?:''[^']*)*(?P<string_end>')?)
    | (?P<name>"[^"]*(?:""[^"]*)*(?P<name_end>")?)
    | (?P<dollar>(?<![\w$])\$(?:[^\W\d]\w*)?\$)
    | (?P<word>[^\W\d][\w$]*)
    | (?P<mark>[();])
    | (?P<meta>\\\S*)
    | (?P<other>\S)
    """,
    re.VERBOSE | re.DOTALL,
)
_BLOCK = re.compile(r"/\*|\*/")
_LITERAL = re.compile(
    r"""(?<![\w$])[eE]'[^'\\]*(?:(?:\\.|'')[^'\\]*)*'|'[^']*(?:''[^']*)*'|(\$(?:[^\W\d]\w*)?\$).*?\1""",
    re.DOTALL,
)
_KEPT_WORDS = 12
# What PostgreSQL refuses in a transaction, by its first two words; and all that is CONCURRENTLY but a view's refresh.
_OUTSIDE = frozenset(
    {
        ("alter", "system"),
        ("create", "database"),
        ("create", "tablespace"),
        ("drop", "database"),
        ("drop", "tablespace"),
        ("reindex", "database"),
        ("reindex", "system"),
    }
)
# What surely runs in a transaction beside something else, unless it is one of these. CALL and DO may commit themselves.
_BESIDE = frozenset(
    {
        *("insert", "update", "delete", "merge", "with", "truncate", "select"),
        *("create", "alter", "drop", "comment", "grant", "revoke"),
    }
)
_ALONE = frozenset(
    {("alter", "database"), ("create", "subscription"), ("alter", "subscription"), ("drop", "subscription")}
)
_CONTROL = frozenset({"begin", "commit", "end", "rollback", "abort", "savepoint", "release", "start"})


@dataclass(frozen=True)
class Statement:
    """One statement, without its semicolon."""

    text: str
    line: int
    """Where it begins in the file, from 1."""
    words: tuple[str, ...]
    """Its first words in lower case; quoted names and literals are left out."""

    @property
    def controls_transaction(self) -> bool:
        """Whether it begins or ends a transaction, or a part of one."""
        return self.words[:1] != () and (
            self.words[0] in _CONTROL or self.words[:2] == ("prepare", "transaction")
        )

    @property
    def is_concurrent(self) -> bool:
        """Whether it builds or drops an index, or detaches a partition, without locking others out."""
        return "concurrently" in self.words and self.words[0] != "refresh"

    @property
    def outside_transaction(self) -> bool:
        """Whether PostgreSQL refuses it in a transaction."""
        return self.is_concurrent or self.words[:1] == ("vacuum",) or self.words[:2] in _OUTSIDE

    @property
    def can_be_recorded_at_once(self) -> bool:
        """Whether it surely runs in one transaction with the record that it is done."""
        return (
            bool(self.words)
            and self.words[0] in _BESIDE
            and self.words[:2] not in _ALONE
            and not self.outside_transaction
        )

    @property
    def copies_from_stdin(self) -> bool:
        """Whether its data stand after it, which only psql reads."""
        return self.words[:1] == ("copy",) and "stdin" in self.words


class ScriptError(Exception):
    """The text is no sequence of statements; `line` says where."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def statements(text: str) -> Iterator[Statement]:
    """The statements of a file, in order.

    Raises ScriptError for a quote, comment or parenthesis that is never closed, and for psql's own commands.
    """
    at, begin, end, depth, blocks = 0, -1, 0, 0, 0
    words: list[str] = []
    counted, counted_to = 1, 0

    def line(position: int) -> int:
        nonlocal counted, counted_to
        counted += text.count("\n", counted_to, position)
        counted_to = position
        return counted

    while (found := _TOKEN.search(text, at)) is not None:
        kind, start, at = found.lastgroup or "", found.start(), found.end()
        if kind == "comment":
            continue
        if kind == "block":
            if (at := _block_end(text, start)) < 0:
                raise ScriptError("the comment /* is never closed", line(start))
            continue
        word = found.group()
        if word == ";" and depth == 0 and blocks == 0:
            if begin >= 0:
                yield Statement(text[begin:end], line(begin), tuple(words))
            begin, words = -1, []
            continue
        begin = start if begin < 0 else begin
        if kind == "word":
            word = word.lower()
            if depth == 0 and _is_routine(words):
                blocks = _blocks_after(word, blocks)
            if len(words) < _KEPT_WORDS:
                words.append(word)
        elif kind == "mark":
            depth = max(0, depth + {"(": 1, ")": -1}.get(word, 0))
        elif kind == "dollar":
            at = text.find(word, at) + len(word)
            if at < found.end():
                raise ScriptError(f"the quote {word} is never closed", line(start))
        elif kind in ("escape", "string", "name") and found[f"{kind}_end"] is None:
            raise ScriptError(f"the quote {word[0]} is never closed", line(start))
        elif kind == "meta":
            raise ScriptError(f"{word} is a command of psql: write SQL", line(start))
        end = at
    if depth or blocks:
        raise ScriptError("this statement has a parenthesis or a BEGIN that is never closed", line(begin))
    if begin >= 0:
        yield Statement(text[begin:end], line(begin), tuple(words))


def without_literals(text: str) -> str:
    """The text with every literal taken out."""
    return _LITERAL.sub("'…'", text)


def literals(text: str) -> list[str]:
    """What stands in the quotes of a statement, and in the quotes of a body that is quoted with dollars."""
    found: list[str] = []
    for literal in _LITERAL.finditer(text):
        if literal[1]:
            found += literals(literal.group()[len(literal[1]) : -len(literal[1])])
        else:
            found.append(literal.group().lstrip("eE")[1:-1])
    return found


def _block_end(text: str, start: int) -> int:
    """Comments nest."""
    depth = 0
    for found in _BLOCK.finditer(text, start):
        depth += 1 if found.group() == "/*" else -1
        if depth == 0:
            return found.end()
    return -1


def _is_routine(words: list[str]) -> bool:
    kinds = ("function", "procedure")
    return words[:1] == ["create"] and (
        (words[1:3] == ["or", "replace"] and words[3:4] != [] and words[3] in kinds)
        or (words[1:2] != [] and words[1] in kinds)
    )


def _blocks_after(word: str, blocks: int) -> int:
    """A body in standard SQL, BEGIN ATOMIC ... END, holds semicolons; CASE ends with END too."""
    if word == "begin" or (word == "case" and blocks):
        return blocks + 1
    return blocks - 1 if word == "end" and blocks else blocks

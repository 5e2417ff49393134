"""What a ``pulumi`` command line asks for, and how it looks in the shadow project."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Flags that take a value as the next word; needed to tell a subcommand from a flag's value.
_VALUE_FLAGS = _words(
    """
    --color -C --cwd --memprofilerate --otel-traces --profiling --tracing -v --verbose -s
    --stack -c --config --config-file -m --message -p --parallel --policy-pack
    --policy-pack-config --replace -t --target --exclude --target-replace --save-plan --plan
    --event-log --file --out --secrets-provider --import-pending-creates --import-file
    --attach-debugger --override-env
    """
)
# Their values are paths, which have to be absolute since Pulumi runs in the shadow project.
_PATH_FLAGS = _words(
    """
    --policy-pack --policy-pack-config --save-plan --plan --event-log --file --out
    --import-file
    """
)
_COMMAND_PATH_FLAGS = {"import": frozenset({"-f", "-o"})}
_SHADOWED = _words(
    """
    up update preview pre refresh destroy down dn stack cancel import state watch logs config
    console deployment
    """
)
_ALIASES = {"update": "up", "pre": "preview", "down": "destroy", "dn": "destroy"}
_CONFIG_READING = frozenset({"get"})
_ELSEWHERE = "edit Pulumi.{stack}.yaml itself, the sandbox reads it at each command"
_REFUSED = {
    "login": "the sandbox has its own backend, so `pulumi login` has no use in it: leave the sandbox to log in",
    "logout": "the sandbox has its own backend, so `pulumi logout` has no use in it: leave the sandbox to log out",
}


@dataclass
class CommandLine:
    """A parsed ``pulumi`` command line.

    Attributes:
        arguments: all words as given.
        command: the subcommand by its main name, empty if there is none.
        subcommand: the word after it, such as ``set`` of ``config set``.
        stack: the value of -s/--stack, without organization and project.
        folder: the value of -C/--cwd.
        flags: the flags that were given, without their values.
    """

    arguments: list[str]
    command: str = ""
    subcommand: str = ""
    stack: str | None = None
    folder: str | None = None
    flags: frozenset[str] = field(default_factory=frozenset[str])

    @property
    def in_shadow(self) -> bool:
        """True if the command works on a project's stacks, so that it must not touch the project's files."""
        return self.command in _SHADOWED and not self.flags & {"-h", "--help"}

    def refusal(self) -> str | None:
        """Why this command cannot be run in the sandbox; None if it can."""
        if self.flags & {"-h", "--help"}:
            return None
        elsewhere = _ELSEWHERE.format(stack=self.stack or "<stack>")
        if self.command in _REFUSED:
            return _REFUSED[self.command]
        if self.command == "config" and self.subcommand and self.subcommand not in _CONFIG_READING:
            return f"`pulumi config {self.subcommand}` would change only the sandbox's copy and be lost: {elsewhere}"
        if self.command in ("up", "refresh", "destroy") and self.flags & {"-c", "--config"}:
            return f"`pulumi {self.command} --config` would change only the sandbox's copy and be lost: {elsewhere}"
        if self.in_shadow and "--config-file" in self.flags:
            return f"--config-file is not read in the sandbox, which works on copies of the stack files: {elsewhere}"
        if self.command == "stack" and self.subcommand in ("change-secrets-provider", "migrate"):
            return f"`pulumi stack {self.subcommand}` concerns your own backend and has no use in the sandbox"
        return None

    def in_folder(self, folder: Path) -> list[str]:
        """The words for a run in ``folder``: its -C instead of the given one, every path absolute."""
        start = Path(self.folder or ".").absolute()
        words = ["-C", str(folder)]
        paths = _PATH_FLAGS | _COMMAND_PATH_FLAGS.get(self.command, frozenset())
        for flag, value, joined in _pairs(self.arguments):
            if flag in ("-C", "--cwd"):
                continue
            if flag in paths and value is not None:
                value = ",".join(os.path.normpath(start / item) for item in value.split(","))
            if value is None:
                words.append(flag)
            else:
                words += [f"{flag}={value}"] if joined else [flag, value]
        return words


def parse(arguments: Sequence[str]) -> CommandLine:
    """Reads a ``pulumi`` command line; never fails, since Pulumi itself reports what is wrong with one."""
    line = CommandLine(list(arguments))
    positional: list[str] = []
    flags: set[str] = set()
    literal = False
    for flag, value, _ in _pairs(arguments):
        if literal or not flag.startswith("-"):
            positional.append(flag)
            continue
        literal = flag == "--"
        flags.add(flag)
        if flag in ("-s", "--stack"):
            line.stack = (value or "").rpartition("/")[2]
        elif flag in ("-C", "--cwd"):
            line.folder = value
    line.flags = frozenset(flags)
    if positional:
        line.command = _ALIASES.get(positional[0], positional[0])
        line.subcommand = positional[1] if len(positional) > 1 else ""
        if positional[:2] == ["stack", "select"] and len(positional) > 2:
            line.stack = positional[2].rpartition("/")[2]
    return line


def _pairs(arguments: Sequence[str]) -> Iterator[tuple[str, str | None, bool]]:
    """(word, value of a flag, whether it was written with an equals sign), up to the end."""
    words = iter(arguments)
    taking = _VALUE_FLAGS
    for word in words:
        if word == "--":
            yield word, None, False
            for rest in words:
                yield rest, None, False
            return
        name, equals, value = word.partition("=")
        if word.startswith("-") and equals:
            yield name, value, True
        elif word in taking:
            yield word, next(words, None), False
        else:
            taking = taking | _COMMAND_PATH_FLAGS.get(word, frozenset())
            yield word, None, False

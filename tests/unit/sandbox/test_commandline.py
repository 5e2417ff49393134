"""What the sandbox's ``pulumi`` understands of a command line."""

from pathlib import Path

import pytest

from dbstack.sandbox.commandline import parse


@pytest.mark.parametrize(
    ("words", "command", "subcommand", "stack", "folder"),
    [
        ("up --stack dev --yes", "up", "", "dev", None),
        ("-C infra up -s prod", "up", "", "prod", "infra"),
        ("--cwd=infra preview --stack=acme/shop/prod", "preview", "", "prod", "infra"),
        ("--color never down", "destroy", "", None, None),
        ("-v 3 update", "up", "", None, None),
        ("config set shop:x 1 -s dev", "config", "set", "dev", None),
        ("stack init dev", "stack", "init", None, None),
        ("stack select acme/shop/dev", "stack", "select", "dev", None),
        ("up -- -s dev", "up", "-s", None, None),
        ("", "", "", None, None),
    ],
)
def test_words_are_told_apart(
    words: str, command: str, subcommand: str, stack: str | None, folder: str | None
) -> None:
    line = parse(words.split())
    assert (line.command, line.subcommand, line.stack, line.folder) == (command, subcommand, stack, folder)


@pytest.mark.parametrize(
    ("words", "shadowed"),
    [
        ("up", True),
        ("stack ls", True),
        ("config", True),
        ("state unprotect urn", True),
        ("package add ./here", False),
        ("install", False),
        ("version", False),
        ("up --help", False),
    ],
)
def test_only_commands_on_stacks_run_in_the_shadow(words: str, shadowed: bool) -> None:
    assert parse(words.split()).in_shadow is shadowed


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("config set shop:x 1 --stack dev", "edit Pulumi.dev.yaml itself"),
        ("config rm shop:x", "would change only the sandbox's copy"),
        ("up -c shop:x=1", "would change only the sandbox's copy"),
        ("preview --config-file other.yaml", "--config-file is not read"),
        ("login", "has its own backend"),
        ("stack change-secrets-provider passphrase", "your own backend"),
    ],
)
def test_what_would_be_lost_is_refused(words: str, part: str) -> None:
    assert part in str(parse(words.split()).refusal())


@pytest.mark.parametrize(
    "words", ["config", "config get shop:x", "preview -c shop:x=1", "config set --help", "up"]
)
def test_the_rest_is_allowed(words: str) -> None:
    assert parse(words.split()).refusal() is None


def test_paths_stay_valid_in_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = [
        "-C",
        "infra",
        "preview",
        "--policy-pack",
        "packs/a,/abs/b",
        "--save-plan=plan.json",
        "-s",
        "dev",
        "--json",
    ]
    assert parse(words).in_folder(Path("/shadow")) == [
        "-C",
        "/shadow",
        "preview",
        "--policy-pack",
        f"{tmp_path}/infra/packs/a,/abs/b",
        f"--save-plan={tmp_path}/infra/plan.json",
        "-s",
        "dev",
        "--json",
    ]


def test_a_files_short_flag_is_a_path_only_where_it_names_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert parse(["up", "-f", "--yes"]).in_folder(Path("/s")) == ["-C", "/s", "up", "-f", "--yes"]
    assert parse(["import", "-f", "in.json"]).in_folder(Path("/s"))[-1] == f"{tmp_path}/in.json"

"""The guide: generated pages are current, links lead somewhere, commands exist, examples are right."""

import importlib.util
import re
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
IDS = [str(page.relative_to(ROOT)) for page in PAGES]


def blocks(page: Path, *languages: str) -> list[str]:
    """The code blocks of a page in the given languages, unindented."""
    found = re.findall(r"^( *)```(\w*)\n(.*?)^ *```", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    return [
        re.sub(f"^{indent}", "", code, flags=re.M)
        for indent, language, code in found
        if language in languages
    ]


def commands(page: Path) -> str:
    """What a page tells its reader to run: shell blocks and inline code, a line each."""
    inline = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    return "\n".join([*blocks(page, "sh"), *re.findall(r"`([^`\n]+)`", inline)])


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs/generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "name", ["permissions.md", "controls.md", "stack-config.md", "components.md", "commands.md", "engines.md"]
)
def test_generated_pages_are_current(name: str, monkeypatch: pytest.MonkeyPatch):
    module = generator()
    assert set(module.PAGES) == {page.name for page in (ROOT / "docs/reference").iterdir()}
    # The folder's file is compared with what `make docs` would write now.
    assert (ROOT / "docs/reference" / name).read_text() == module.PAGES[name](), "run `make docs`"


def test_every_field_is_documented():
    types = generator().Types()
    bare = [
        f"{found.name}.{field.name}"
        for found in types.classes.values()
        for field in found.fields
        if not field.doc
    ]
    assert bare == []


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_links_lead_somewhere(page: Path):
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), f"{page.name} links to {target}"
        if anchor:
            titles = re.findall(r"^#+ (.+)$", linked.read_text(), flags=re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}
            assert anchor in anchors, f"{page.name} links to {target}"


def test_every_page_is_in_the_index():
    index = (ROOT / "docs/index.md").read_text() + (ROOT / "README.md").read_text()
    assert [
        page.name
        for page in (ROOT / "docs").rglob("*.md")
        if page.name not in index and page.name != "index.md"
    ] == []


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_documented_make_targets_exist(page: Path):
    targets = set(re.findall(r"\bmake ([a-z]+)\b", commands(page)))
    known = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    assert targets <= known


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_documented_commands_exist(page: Path):
    from dbstack.cli import main

    code = (
        "\n".join(blocks(page, "sh", "text")) + "\n" + "\n".join(re.findall(r"`([^`\n]+)`", page.read_text()))
    )
    for line in re.findall(r"(?<!from )\bdbstack ((?:[a-z]+(?:-[a-z]+)* ?)+)", code):
        command: click.Command = main
        for word in line.split():
            if not isinstance(command, click.Group):
                break
            assert word in command.commands, f"{page.name}: dbstack {line}"
            command = command.commands[word]


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_python_examples_compile(page: Path):
    for code in blocks(page, "python"):
        compile(code, str(page), "exec")


def stack_configs() -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    for page in PAGES:
        for code in blocks(page, "yaml"):
            config = yaml.safe_load(code).get("config", {})
            if "dbstack:stack" in config:
                found.append((page.name, yaml.safe_load(code)))
    return found


@pytest.mark.parametrize(("page", "config"), stack_configs())
def test_stack_config_examples_are_right(page: str, config: dict[str, Any], tmp_path: Path):
    from dbstack.config import check_files

    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.example.yaml").write_text(yaml.safe_dump(config))
    assert check_files(tmp_path, "example") == []


def test_the_committed_files_name_no_registry_and_no_machine():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    files = [ROOT / name for name in listed.stdout.splitlines()]
    pinned = [
        file
        for file in files
        if re.search(r"requirements.*\.txt$|constraints\.txt$|go\.(mod|sum)$", file.name)
    ]
    for file in pinned:
        assert "://" not in file.read_text(), file.name
    for file in files:
        if file.is_file() and file.suffix in {".py", ".md", ".yaml", ".yml", ".toml", ".txt", ".json", ""}:
            assert "/work" + "/main" not in file.read_text(errors="replace"), file.name

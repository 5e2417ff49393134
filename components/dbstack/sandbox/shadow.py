"""The shadow project: what Pulumi reads and writes in the sandbox, so that committed files stay byte-identical.

On another backend Pulumi would strip a stack file of its secrets provider and key, and stop at a foreign salt. So the
sandbox's ``pulumi`` runs in a folder of its own with a Pulumi.yaml that points at the real program, and copies of the
stack files without provider, key and salt, whose secrets are replaced by random values of the sandbox.

The files are edited as YAML nodes, so that every value keeps its spelling (``012``, ``yes``, ``03:00``).
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .errors import UsageError
from .paths import PROJECT_FILES, Layout
from .vault import Vault

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_serialize: Any = getattr(yaml, "serialize")  # noqa: B009 its stub leaves the node untyped
# They belong to the user's own backend.
_FOREIGN_KEYS = ("secretsprovider", "encryptedkey", "encryptionsalt")
# Where a project file lists plugins, and how their executables are called.
_PLUGIN_KINDS = {"providers": "pulumi-resource-", "languages": "pulumi-language-"}


@dataclass(frozen=True)
class Shadow:
    """A shadow project.

    Attributes:
        folder: where Pulumi runs.
        project: the project's name.
        stacks: the stacks for which the real project has a file.
        notes: sentences for the user about what the sandbox leaves out.
    """

    folder: Path
    project: str
    stacks: tuple[str, ...]
    notes: tuple[str, ...]


def make_shadow(layout: Layout, real: Path) -> Shadow:
    """Makes or renews the shadow of the project in ``real``, which is only read.

    Raises:
        UsageError: a file of the project is not valid YAML or has no name.
    """
    project_file = next(real / name for name in PROJECT_FILES if (real / name).is_file())
    root = _read(project_file)
    name = _text(root, "name")
    if not name:
        raise UsageError(f"{project_file}: the project has no `name`")
    digest = hashlib.sha256(str(real).encode()).hexdigest()[:8]
    folder = layout.shadows / f"{name}-{digest}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    stack_folder = real / (_text(root, "stackConfigDir") or ".")
    _write(folder / "Pulumi.yaml", _with_plugins(_shadow_project(root, real), layout))

    notes: list[str] = []
    stacks: list[str] = []
    vault = Vault(layout)
    for source in sorted([*stack_folder.glob("Pulumi.*.yaml"), *stack_folder.glob("Pulumi.*.yml")]):
        stack = source.name.split(".", 1)[1].rsplit(".", 1)[0]
        stacks.append(stack)
        target = folder / f"Pulumi.{stack}.yaml"
        tree = _read(source)
        if _get(tree, "environment") is not None:
            _remove(tree, "environment")
            notes.append(f"{source.name}: values from Pulumi ESC environments are not read in the sandbox")
        for key in _FOREIGN_KEYS:
            _remove(tree, key)
        _replace_secrets(tree, _read(target) if target.exists() else None, vault)
        tree.value.insert(0, (_scalar("encryptionsalt"), _scalar(vault.salt)))
        _write(target, tree)
    for left in folder.glob("Pulumi.*.yaml"):  # Of a stack without a file only its salt may stay.
        if left.name.split(".", 1)[1].rsplit(".", 1)[0] not in stacks:
            tree = _read(left)
            tree.value[:] = [pair for pair in tree.value if pair[0].value == "encryptionsalt"]
            _write(left, tree)
    return Shadow(folder, name, tuple(stacks), tuple(notes))


def _shadow_project(root: yaml.MappingNode, real: Path) -> yaml.MappingNode:
    """The project file with every path made absolute, and nothing in it that names a backend or another folder."""
    main = _text(root, "main") or "."
    for key in ("backend", "stackConfigDir", "main"):
        _remove(root, key)
    root.value.append((_scalar("main"), _scalar(str(_absolute(real, main)))))
    runtime = _get(root, "runtime")
    options = _get(runtime, "options") if isinstance(runtime, yaml.MappingNode) else None
    if isinstance(options, yaml.MappingNode):
        virtualenv = _get(options, "virtualenv")
        if isinstance(virtualenv, yaml.ScalarNode) and virtualenv.value:
            virtualenv.value = str(_absolute(real, virtualenv.value))
    for node in _path_nodes(root):
        # A source is a folder if it says so or if there is one; else it is the name of a package or a repository.
        looks_local = node.value.startswith(("./", "../", "/")) or node.value in (".", "..")
        if looks_local or (real / node.value).is_dir():
            node.value = str(_absolute(real, node.value))
    return root


def _with_plugins(root: yaml.MappingNode, layout: Layout) -> yaml.MappingNode:
    """Names the sandbox's plugins, which stand on PATH too: Pulumi warns of each plugin that it finds only there."""
    plugins = _get(root, "plugins")
    if not isinstance(plugins, yaml.MappingNode):
        plugins = _mapping()
        _remove(root, "plugins")
        root.value.append((_scalar("plugins"), plugins))
    for kind, prefix in _PLUGIN_KINDS.items():
        listed = _get(plugins, kind)
        if not isinstance(listed, yaml.SequenceNode):
            listed = yaml.SequenceNode("tag:yaml.org,2002:seq", [], flow_style=False)
            _remove(plugins, kind)
            plugins.value.append((_scalar(kind), listed))
        named = {_text(item, "name") for item in listed.value if isinstance(item, yaml.MappingNode)}
        for path in sorted(layout.bin.glob(f"{prefix}*")):
            name = path.name.removeprefix(prefix)
            if name not in named:
                listed.value.append(_mapping(name=name, path=str(layout.bin)))
    return root


def _path_nodes(root: yaml.MappingNode) -> Iterator[yaml.ScalarNode]:
    packages = _get(root, "packages")
    for _, value in packages.value if isinstance(packages, yaml.MappingNode) else ():
        source = _get(value, "source") if isinstance(value, yaml.MappingNode) else value
        if isinstance(source, yaml.ScalarNode):
            yield source
    plugins = _get(root, "plugins")
    for _, kind in plugins.value if isinstance(plugins, yaml.MappingNode) else ():
        for plugin in kind.value if isinstance(kind, yaml.SequenceNode) else ():
            path = _get(plugin, "path") if isinstance(plugin, yaml.MappingNode) else None
            if isinstance(path, yaml.ScalarNode):
                yield path


def _replace_secrets(node: yaml.Node, before: yaml.Node | None, vault: Vault) -> None:
    """Every ``{secure: ...}`` gets a value of the sandbox, the one of last time if there was one."""
    if isinstance(node, yaml.MappingNode):
        secret = _secret(node)
        if secret is not None:
            known = _secret(before)
            secret.value = (
                known.value if known is not None and vault.knows(known.value) else vault.new_secret()
            )
            secret.tag, secret.style = "tag:yaml.org,2002:str", None
            return
        for key, value in node.value:
            _replace_secrets(
                value, _get(before, key.value) if isinstance(before, yaml.MappingNode) else None, vault
            )
    elif isinstance(node, yaml.SequenceNode):
        earlier: list[yaml.Node] = before.value if isinstance(before, yaml.SequenceNode) else []
        for index, value in enumerate(node.value):
            _replace_secrets(value, earlier[index] if index < len(earlier) else None, vault)


def _secret(node: yaml.Node | None) -> yaml.ScalarNode | None:
    """The scalar in ``{secure: scalar}``."""
    if isinstance(node, yaml.MappingNode) and len(node.value) == 1:
        key, value = node.value[0]
        if key.value == "secure" and isinstance(value, yaml.ScalarNode):
            return value
    return None


def _read(path: Path) -> yaml.MappingNode:
    try:
        node: Any = yaml.compose(path.read_text(), Loader=_LOADER)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise UsageError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from error
    if node is None:
        return _mapping()
    if not isinstance(node, yaml.MappingNode):
        raise UsageError(f"{path} does not hold a mapping")
    return node


def _write(path: Path, tree: yaml.MappingNode) -> None:
    text: str = _serialize(tree, Dumper=_DUMPER, width=10_000, allow_unicode=True)
    if path.exists() and path.read_text() == text:
        return
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text)
    temporary.chmod(0o600)
    os.replace(temporary, path)


def _get(node: Any, key: str) -> yaml.Node | None:
    return next((value for name, value in node.value if name.value == key), None)


def _text(node: yaml.MappingNode, key: str) -> str:
    value = _get(node, key)
    return str(value.value) if isinstance(value, yaml.ScalarNode) else ""


def _remove(node: yaml.MappingNode, key: str) -> None:
    node.value[:] = [pair for pair in node.value if pair[0].value != key]


def _mapping(**items: str) -> yaml.MappingNode:
    pairs = [(_scalar(key), _scalar(value)) for key, value in items.items()]
    return yaml.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=False)


def _scalar(text: str) -> yaml.ScalarNode:
    return yaml.ScalarNode("tag:yaml.org,2002:str", text)


def _absolute(base: Path, path: str) -> Path:
    return Path(os.path.normpath(base / path))

"""The page that says what the providers of the sandbox serve: made from the tables, so it can't be wrong."""

from collections.abc import Iterable, Iterator

from dbstack.sandbox import random
from dbstack.sandbox.aws import config
from dbstack.sandbox.aws.lookups import FUNCTIONS
from dbstack.sandbox.aws.model import Prop, ResourceType
from dbstack.sandbox.aws.table import TYPES
from dbstack.sandbox.docker import table as docker_table

_HEAD = """# What the sandbox serves

Made from the code by `python -m dbstack.sandbox.aws.coverage`; do not edit. A resource type, property, function or
argument that is not on this page fails with its name.

For every type: inputs that boto3 reads back as they were given (a test walks through all of them, and through a change
of each), inputs that live in Pulumi's state only, and inputs that are refused.
"""


def page() -> str:
    """The page, as Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    yield "## Resource types"
    for kind in TYPES.values():
        yield from _type(kind)
    for kind in random.TYPES.values():
        yield f"\n### `{kind.token}`\n"
        yield f"**Inputs:** {_names(kind.inputs)}. Lives in Pulumi's state only, as with the real provider."
    yield "\n`random:index/randomPassword:RandomPassword` has no `bcryptHash`."
    yield "\n## Resource types of the `docker` provider\n"
    yield "They are made on the Docker engine of this machine, and read back from it."
    for kind in docker_table.TYPES.values():
        yield from _type(kind)
    yield "\n## Functions\n\n| function | arguments, besides `region` |\n| --- | --- |"
    for token, (_, arguments) in FUNCTIONS.items():
        yield f"| `{token}` | {_names(arguments)} |"
    yield "\n## Settings of the `aws` provider\n"
    yield f"**Honoured:** {_names(config.HONOURED)}.\n"
    yield f"**Accepted and without effect,** since they say how to reach the real AWS: {_names(config.IGNORED)}.\n"
    yield "**Refused:** " + "; ".join(f"`{name}` ({why})" for name, why in config.REFUSED.items()) + "."


def _type(kind: ResourceType) -> Iterator[str]:
    kept = {name: prop for name, prop in kind.inputs.items() if not prop.overlay and not prop.refused}
    kept.pop("tagsAll", None)
    replacing = [name for name, prop in kept.items() if prop.replaces]
    yield f"\n### `{kind.token}`\n"
    yield f"**Kept:** {_names(kept)}.\n"
    yield f"**A change of these replaces it:** {_names(replacing)}.\n"
    overlay = {name: prop for name, prop in kind.inputs.items() if prop.overlay}
    if overlay:
        yield "**In Pulumi's state only:** " + _reasons(overlay, "overlay") + ".\n"
    refused = {name: prop for name, prop in kind.inputs.items() if prop.refused}
    if refused:
        yield "**Refused:** " + _reasons(refused, "refused") + "."


def _reasons(props: dict[str, Prop], which: str) -> str:
    """Properties by their reason, each reason once."""
    groups: dict[str, list[str]] = {}
    for name, prop in props.items():
        groups.setdefault(str(getattr(prop, which)), []).append(name)
    return "; ".join(f"{_names(names)} ({why})" for why, names in groups.items())


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"


if __name__ == "__main__":
    print(page(), end="")

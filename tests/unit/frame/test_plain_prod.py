"""The benchmark's plain program still declares what the prod stack does: found here in seconds, not in `make bench`."""

import json
import runpy
from pathlib import Path
from typing import Any

import yaml
from bench.stacks import require_same

from dbstack.testing import deploy

ROOT = Path(__file__).resolve().parents[3]


def declared(program: Path, config: dict[str, str]) -> list[dict[str, Any]]:
    """As `pulumi stack export` would tell them: components and the stack itself aside."""
    with deploy(
        lambda: runpy.run_path(str(program)) and None, project="dbstack", stack="prod", config=config
    ) as deployment:
        return [
            {"type": one.type, "inputs": one.inputs}
            for one in deployment.resources
            if one.custom and not one.type.startswith("pulumi:")
        ]


def test_the_plain_program_declares_what_the_prod_stack_does() -> None:
    config = yaml.safe_load((ROOT / "Pulumi.prod.yaml").read_text())["config"]
    given = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    library = declared(ROOT / "infra/__main__.py", given)
    plain = declared(ROOT / "bench/programs/plain_prod/__main__.py", {"aws:region": config["aws:region"]})
    assert len(library) > 30
    require_same(library, plain)

"""The environment of ``dbstack sandbox run``, and the executables that stand first on its PATH."""

import os
import secrets
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from .control import Address
from .engine import SHIM_MARK, Engine
from .engine_build import EXEC_SCRIPT
from .paths import STATE_VARIABLE, Layout, backend_url, write_private
from .process import ENTRY, neutral_aws

PACKAGES = ("aws", "random", "docker")
# What of the user's own settings would lead out of the sandbox or change what Pulumi does there.
REMOVED = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "PULUMI_ACCESS_TOKEN",
    "PULUMI_CONFIG_PASSPHRASE",
    "PULUMI_CLOUD_URL",
    "PULUMI_API",
    "PULUMI_DEBUG_PROVIDERS",
    "PULUMI_DEBUG_LANGUAGES",
    "PULUMI_IGNORE_AMBIENT_PLUGINS",
    "PULUMI_DIY_BACKEND_URL",
)

# The user's own AWS CLI. Version 1 has an endpoint of its own for rds in us-east-1 that wins over AWS_ENDPOINT_URL, but
# not over the option.
_AWS = """here={bin}
PATH=${{PATH#"$here":}}
exec aws --endpoint-url "$AWS_ENDPOINT_URL" "$@\""""


def make_executables(layout: Layout, engine: Engine | None) -> None:
    """Writes the sandbox's ``pulumi``, its provider launchers and, if the engine brings none, its language host.

    Without an engine that ``pulumi`` gets one when it is first called, and calls this again.
    """
    python, entry = sys.executable, str(ENTRY)
    commands = {"pulumi": [python, "-I", entry, "shim", str(layout.root), engine.path if engine else ""]}
    launcher = str(Path(__file__).with_name("launcher.py"))
    for package in PACKAGES:
        commands[f"pulumi-resource-{package}"] = [python, "-I", "-S", launcher, package, str(layout.control)]
    if engine and engine.needs_language_host:
        script = str(Path(engine.path).with_name(EXEC_SCRIPT))
        commands["pulumi-language-python"] = [python, "-I", entry, "langhost", script, engine.version]
    scripts = {name: f'exec {shlex.join(command)} "$@"' for name, command in commands.items()}
    scripts["aws"] = _AWS.format(bin=shlex.quote(str(layout.bin)))
    layout.make()
    for name, script in scripts.items():
        _write_executable(layout.bin / name, f"#!/bin/sh\n# {SHIM_MARK}\n{script}\n")
    for path in layout.bin.iterdir():
        # Names with a dot are being written by another command of the same sandbox.
        if path.name not in scripts and not path.name.startswith("."):
            path.unlink(missing_ok=True)


def _write_executable(path: Path, text: str) -> None:
    if path.exists() and path.read_text() == text:
        return
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text)
    temporary.chmod(0o755)
    os.replace(temporary, path)


def sandbox_environment(layout: Layout, address: Address, user: Mapping[str, str]) -> dict[str, str]:
    """The variables for a command in the sandbox.

    Args:
        layout: the sandbox.
        address: its background process.
        user: the variables to start from; the region is the user's, else us-east-1.
    """
    if not layout.passphrase.exists():
        write_private(layout.passphrase, secrets.token_urlsafe(32))
    region = user.get("AWS_REGION") or user.get("AWS_DEFAULT_REGION") or "us-east-1"
    kept = {
        key: value
        for key, value in user.items()
        if key not in REMOVED and not key.startswith("AWS_ENDPOINT_URL")
    }
    own_folder = str(Path(sys.executable).parent)
    inherited = [
        folder for folder in user.get("PATH", os.defpath).split(os.pathsep) if folder != str(layout.bin)
    ]
    path = [str(layout.bin), *inherited]
    if own_folder not in path:  # So that `-- pytest` or `-- aws` finds what is installed beside dbstack.
        path.insert(1, own_folder)
    return {
        **kept,
        **neutral_aws(region),
        "AWS_ENDPOINT_URL": address.endpoint,
        "PATH": os.pathsep.join(path),
        STATE_VARIABLE: str(layout.root),
        "DBSTACK_SANDBOX": "1",
        "PULUMI_HOME": str(layout.pulumi_home),
        "PULUMI_BACKEND_URL": backend_url(layout),
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(layout.passphrase),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }

"""The ``pulumi`` of the sandbox: the real engine, run in the shadow project."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .commandline import CommandLine, parse
from .control import read_address
from .errors import SandboxError, UsageError
from .paths import Layout, backend_url, find_project
from .shadow import Shadow, make_shadow

COMMAND_VARIABLE = "DBSTACK_COMMAND"
# What a stack config describes, each under its own key.
DATABASES = ("dbstack:index:Database", "dbstack:index:DatabaseCluster")
NETWORK = "dbstack:index:DatabaseNetwork"
# With these flags the user says which part is meant, or that protection is known of.
_PARTIAL_DESTROY = frozenset(
    {"-t", "--target", "--exclude", "--exclude-protected", "--ignore-protect", "--preview-only"}
)


def main(arguments: list[str]) -> int:
    """``arguments``: STATE_FOLDER ENGINE, then what the user wrote after ``pulumi``."""
    layout, engine, line = Layout(Path(arguments[0])), arguments[1], parse(arguments[2:])
    try:
        return run(layout, engine, line)
    except SandboxError as error:
        say(f"error: {error}")
        return error.exit_code


def run(layout: Layout, engine: str, line: CommandLine) -> int:
    """Runs one ``pulumi`` command in the sandbox and returns its exit code (or becomes that command)."""
    if not engine:
        engine = _get_engine(layout)
    refusal = line.refusal()
    if refusal:
        raise UsageError(refusal)
    project = find_project(Path(line.folder or "."))
    if not line.in_shadow or project is None:
        os.execv(engine, [engine, *line.arguments])
    # Called from outside, the engine would work on the user's own stacks and account.
    outside = os.environ.get("PULUMI_BACKEND_URL") != backend_url(layout)
    if outside or read_address(layout.control) is None:
        raise SandboxError("the sandbox is not running: use `dbstack sandbox run -- pulumi ...`")
    shadow = make_shadow(layout, project)
    if line.command in ("up", "preview", "refresh", "destroy", "watch"):
        say(f"SANDBOX: the embedded AWS of {layout.root}; no real account is reached")
        for note in shadow.notes:
            say(f"SANDBOX: {note}")
    stack = line.stack or os.environ.get("PULUMI_STACK")
    if stack and stack in shadow.stacks and line.subcommand not in ("init", "new", "rm", "remove"):
        _make_stack(engine, layout, shadow, stack)
    words = [engine, *line.in_folder(shadow.folder)]
    if line.command == "import" and "--generate-code" not in line.flags:
        say(
            "SANDBOX: nothing is generated from what is imported: the sandbox's providers have no schema for that"
        )
        words.append("--generate-code=false")
    if line.command == "destroy" and not line.flags & _PARTIAL_DESTROY:
        # Pulumi itself would first delete all that is not protected: rules, routes, the network's other things.
        stack = stack or _selected_stack(engine, shadow)
        resources = _state_of(layout, shadow.project, stack) if stack else []
        if stack and any(resource.get("protect") for resource in resources):
            say(unlock_steps(resources, stack))
            return 1
        words += _with_program(line, resources)
    if line.command != "up":
        os.execv(engine, words)
    code = _run_and_wait(words)
    stack = stack or _selected_stack(engine, shadow)
    if code == 0 and stack:
        say(next_steps(_state_of(layout, shadow.project, stack), stack))
    return code


def _with_program(line: CommandLine, resources: Sequence[dict[str, Any]]) -> list[str]:
    """Hooks of deletions live in the program: without it Pulumi refuses to delete what has some."""
    hooks: list[dict[str, list[str]]] = [resource.get("resourceHooks") or {} for resource in resources]
    hooked = any(item.get("BeforeDelete") for item in hooks)
    return ["--run-program"] if hooked and "--run-program" not in line.flags else []


def say(text: str) -> None:
    """To stderr, so that the output of ``pulumi ... --json`` stays what it is."""
    print(text, file=sys.stderr, flush=True)


def _get_engine(layout: Layout) -> str:
    from .engine import ensure_engine
    from .environment import make_executables

    engine = ensure_engine(say)
    say(engine.why)
    make_executables(layout, engine)
    return engine.path


def _make_stack(engine: str, layout: Layout, shadow: Shadow, stack: str) -> None:
    """A stack that has a file is there when it is asked for."""
    if _state_file(layout, shadow.project, stack).exists():
        return
    made = subprocess.run(
        [engine, "-C", str(shadow.folder), "stack", "init", stack, "--non-interactive"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0 and not _state_file(layout, shadow.project, stack).exists():
        raise SandboxError(f"the stack {stack} could not be made in the sandbox: {made.stderr.strip()}")


def _run_and_wait(words: Sequence[str]) -> int:
    """Runs a command in our process group: Ctrl-C reaches it directly, a SIGTERM to us is passed on."""
    process = subprocess.Popen(words)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _: process.send_signal(received))
    code = process.wait()
    return code if code >= 0 else 128 - code


def _state_file(layout: Layout, project: str, stack: str) -> Path:
    return layout.backend / ".pulumi" / "stacks" / project / f"{stack}.json"


def _state_of(layout: Layout, project: str, stack: str) -> list[dict[str, Any]]:
    try:
        state = json.loads(_state_file(layout, project, stack).read_text())
    except (OSError, ValueError):
        return []
    return list(state["checkpoint"]["latest"].get("resources") or [])


def _selected_stack(engine: str, shadow: Shadow) -> str | None:
    command = [engine, "-C", str(shadow.folder), "stack", "--show-name"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or None


def protected(resources: Sequence[dict[str, Any]]) -> tuple[list[str], list[str]]:
    """(databases and clusters of ours that hold protected resources, URNs of the other protected resources)."""
    by_urn = {resource["urn"]: resource for resource in resources}
    databases: set[str] = set()
    others: list[str] = []
    for resource in resources:
        if not resource.get("protect"):
            continue
        above: dict[str, Any] | None = resource
        while above and above["type"] not in DATABASES:
            above = by_urn.get(above.get("parent", ""))
        if above:
            databases.add(above["urn"].rpartition("::")[2])
        else:
            others.append(resource["urn"])
    if databases:
        # The protection of their network goes with theirs.
        others = [urn for urn in others if f"{NETWORK}$" not in urn]
    return sorted(databases), others


def unlock_steps(resources: Sequence[dict[str, Any]], stack: str) -> str:
    """What to do so that a protected stack can be deleted."""
    databases, others = protected(resources)
    pulumi = f"{os.environ.get(COMMAND_VARIABLE, 'dbstack')} sandbox run -- pulumi"
    lines = [f"The stack {stack} is protected; nothing was deleted. To delete it on purpose:"]
    steps: list[str] = []
    if databases:
        steps.append(
            f"in Pulumi.{stack}.yaml set `deletionProtection: false` under {' and '.join(databases)}"
        )
        steps.append(f"{pulumi} up --stack {stack}   (takes the protection off)")
    steps += [f"{pulumi} state unprotect '{urn}' --stack {stack}" for urn in others]
    snapshot = (
        "   (a final snapshot is still taken where the database says `onDelete: snapshot`)"
        if databases
        else ""
    )
    steps.append(f"{pulumi} destroy --stack {stack}{snapshot}")
    return "\n".join([*lines, *(f"  {number}. {step}" for number, step in enumerate(steps, 1))])


def next_steps(resources: Sequence[dict[str, Any]], stack: str) -> str:
    """What one does with a stack that is up, by what is in it."""
    command = os.environ.get(COMMAND_VARIABLE, "dbstack")
    types = {str(resource.get("type")) for resource in resources}
    steps: list[tuple[str, str]] = []
    if any(one.startswith("aws:") for one in types):
        steps.append(
            (
                "see it as AWS does",
                f"{command} sandbox run -- aws rds describe-db-instances   (or any other AWS client)",
            )
        )
    if any(one.startswith("docker:") for one in types):
        steps += [
            (
                "see its secrets",
                f"{command} sandbox run -- pulumi stack output --show-secrets --stack {stack}",
            ),
            ("make its schema", f"{command} migrate up -s {stack}"),
        ]
    steps += [
        (
            "preview a change",
            f"edit Pulumi.{stack}.yaml; {command} sandbox run -- dbstack preview -s {stack}",
        ),
        ("take it down", f"{command} sandbox run -- pulumi destroy --stack {stack}"),
    ]
    lines = [f"  {title:<19}  {step}" for title, step in steps]
    return "\n".join([f"SANDBOX: {stack} is up. Next steps:", *lines])

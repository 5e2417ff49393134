"""After an engine was killed in the middle of ``pulumi up``: adopt what it created, forget what it did not.

Pulumi notes each creation before it starts and crosses it out when it has ended. A killed engine leaves such notes
("pending creates"), and the next ``up`` creates those things a second time. So each is looked for in AWS by what
identifies it, and what is found is written into the state with its id, where a refresh then completes it.
(``pulumi refresh --import-pending-creates`` of this engine version only drops the note: nothing in its source turns
an importing operation into a resource.)
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from . import control, process
from .errors import SandboxError, UsageError
from .paths import Layout, this_project
from .run import prepare
from .shadow import Shadow, make_shadow

Say = Callable[[str], None]
Finder = Callable[[str, dict[str, Any]], str | None]
IDLE_SECONDS = 20.0
# What a provider's configuration says of where its resources are: `aws`, `docker`.
_PLACES = ("region", "host")
# The key that marks a secret in Pulumi's state.
_SIGNATURE = "4dabf18193072939515e22adb298388d"


@dataclass(frozen=True)
class Recovery:
    """What became of the interrupted creations of a stack.

    Attributes:
        deployment: the state to import.
        adopted: (URN, id) of what was found.
        missing: URNs of what was not found and is forgotten.
        interrupted: URNs of other interrupted operations, which a refresh settles.
    """

    deployment: dict[str, Any]
    adopted: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    interrupted: tuple[str, ...]


def recover_stack(layout: Layout, folder: Path, stack: str | None, say: Say) -> Recovery:
    """Repairs one stack; doing it again changes nothing.

    Args:
        layout: the sandbox.
        folder: where the project is looked for, upwards.
        stack: the stack, or None for the selected one.
        say: told what was found.

    Raises:
        UsageError: there is no project or no such stack.
        SandboxError: a deployment is under way, or Pulumi reports an error.
    """
    project = this_project(folder)
    environment = prepare(layout)
    shadow = make_shadow(layout, project)
    pulumi = _Pulumi(layout, shadow, environment, stack)
    name = pulumi.stack
    _refuse_if_locked_by_the_living(layout, shadow.project, name)
    _wait_until_idle(layout)
    mend_state_file(layout.backend / ".pulumi" / "stacks" / shadow.project / f"{name}.json")
    pulumi.run("cancel", "--yes", may_fail=True)  # It fails if no lock was left.
    recovery = settle(pulumi.export(), _finder(environment), clear_inputs(pulumi.export(show_secrets=True)))
    if not (recovery.adopted or recovery.missing or recovery.interrupted):
        say(f"nothing of {name} was interrupted")
        return recovery
    pulumi.import_(recovery.deployment)
    pulumi.run("refresh", "--yes", "--skip-preview")
    for urn, found in recovery.adopted:
        say(f"adopted    {_short(urn)} as {found}")
    for urn in recovery.missing:
        say(f"not found  {_short(urn)}: the next `pulumi up` creates it")
    for urn in recovery.interrupted:
        say(f"refreshed  {_short(urn)}: it was being changed or deleted")
    say(f"{name} is consistent again: run `pulumi up` to finish what was interrupted")
    return recovery


def settle(exported: Mapping[str, Any], find: Finder, clear: Mapping[str, dict[str, Any]]) -> Recovery:
    """The state without pending creates: each is a resource with its id if ``find`` knows it, else gone.

    Args:
        exported: what ``pulumi stack export`` printed, secrets encrypted.
        find: gives the id of the resource with these type token and inputs, None if there is none.
        clear: the inputs of pending creates by URN, secrets in clear: some things are known by those alone.
    """
    state: dict[str, Any] = json.loads(json.dumps(exported))
    deployment: dict[str, Any] = state["deployment"]
    resources: list[dict[str, Any]] = deployment.get("resources") or []
    # What was deleted to make room for its replacement stands there still, and is none.
    gone = {resource["urn"]: resource for resource in resources if resource.get("pendingReplacement")}
    there = {
        resource["urn"]
        for resource in resources
        if not resource.get("delete") and not resource.get("pendingReplacement")
    }
    adopted: list[tuple[str, str]] = []
    missing: list[str] = []
    kept: list[dict[str, Any]] = []
    pending: list[dict[str, Any]] = deployment.get("pending_operations") or []
    for operation in pending:
        resource: dict[str, Any] = operation["resource"]
        if operation["type"] != "creating":
            kept.append(operation)
            continue
        given: dict[str, Any] = resource.get("inputs") or {}
        found = find(resource["type"], _place_of(resource, resources) | clear.get(resource["urn"], given))
        if found is None or resource["urn"] in there:
            missing.append(resource["urn"])
            continue
        made = {**resource, "id": found, "outputs": resource.get("outputs") or given}
        if resource["urn"] in gone:
            # In its place, before all that depends on it.
            resources[resources.index(gone[resource["urn"]])] = made
        else:
            resources.append(made)
        there.add(resource["urn"])
        adopted.append((resource["urn"], found))
    deployment["resources"] = resources
    deployment["pending_operations"] = kept
    interrupted = tuple(operation["resource"]["urn"] for operation in kept)
    return Recovery(state, tuple(adopted), tuple(missing), interrupted)


def mend_state_file(path: Path) -> None:
    """Puts right what an engine was writing when it died: the state, or the attributes beside it.

    Pulumi keeps the state before the last change as ``.bak``; what that change noted had not begun yet.
    """
    attributes = path.with_name(f"{path.name}.attrs")
    if attributes.exists() and not _is_json(attributes):
        attributes.unlink()
    backup = path.with_name(f"{path.name}.bak")
    if not _is_json(path) and _is_json(backup):
        shutil.copyfile(backup, path)


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_text())
    except (OSError, ValueError):
        return False
    return True


def clear_inputs(exported: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The inputs of pending creates by URN, from what ``pulumi stack export --show-secrets`` printed."""
    pending: list[dict[str, Any]] = exported["deployment"].get("pending_operations") or []
    return {item["resource"]["urn"]: _in_clear(item["resource"].get("inputs") or {}) for item in pending}


def _in_clear(value: Any) -> Any:
    if isinstance(value, list):
        return [_in_clear(item) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    pairs = cast("dict[str, Any]", value)
    if _SIGNATURE in pairs and "plaintext" in pairs:
        return json.loads(pairs["plaintext"])
    return {key: _in_clear(item) for key, item in pairs.items()}


def _place_of(resource: Mapping[str, Any], resources: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The region or Docker engine of the provider that was to create a resource; nothing if it does not say."""
    reference = str(resource.get("provider", "")).rpartition("::")[0]
    for candidate in resources:
        if candidate["urn"] == reference:
            inputs: dict[str, Any] = candidate.get("inputs") or {}
            return {key: inputs[key] for key in _PLACES if inputs.get(key)}
    return {}


def _finder(environment: Mapping[str, str]) -> Finder:
    """Looks in the sandbox's AWS, one session for each region, and on the Docker engine."""
    os.environ.update({key: value for key, value in environment.items() if key.startswith("AWS_")})
    import boto3

    from .aws.errors import NotServed
    from .aws.errors import SandboxError as AwsError
    from .aws.find import find_existing
    from .docker import find as docker
    from .docker.engine import Engine, sentence

    sessions: dict[str, Any] = {}
    engines: dict[str | None, Engine] = {}

    def on_docker(token: str, inputs: dict[str, Any]) -> str | None:
        host = inputs.get("host")
        engine = engines.setdefault(host, Engine(environment, host))
        try:
            return docker.find_existing(token, inputs, engine)
        except (NotServed, AwsError):
            raise
        except Exception as error:
            raise SandboxError(f"looking for {inputs.get('name')} failed: {sentence(error)}") from error

    def find(token: str, inputs: dict[str, Any]) -> str | None:
        region = str(inputs.get("region") or environment["AWS_REGION"])
        if region not in sessions:
            sessions[region] = boto3.Session(region_name=region)
        try:
            if token.startswith("docker:"):
                return on_docker(token, inputs)
            return find_existing(token, inputs, sessions[region])
        except NotServed:  # Pulumi's own kinds (providers, ...): nothing of theirs outlives the engine.
            return None
        except AwsError as error:
            raise SandboxError(str(error)) from error

    return find


def _wait_until_idle(layout: Layout) -> None:
    """What a killed engine had asked for may still be under way; what a living engine does must not be disturbed."""
    address = control.read_address(layout.control)
    if address is None:
        raise SandboxError("the sandbox does not run")
    answer = control.ask(address, "drain", timeout=IDLE_SECONDS + 10, seconds=IDLE_SECONDS)
    if not answer["quiet"]:
        running = process.status(layout)
        count = running.providers if running else 0
        raise SandboxError(
            f"a Pulumi command is using the sandbox ({count} providers): wait for it or end it first"
        )


def _refuse_if_locked_by_the_living(layout: Layout, project: str, stack: str) -> None:
    """Pulumi's lock names the process that holds it; only a dead one's may be taken away."""
    for lock in (layout.backend / ".pulumi" / "locks").glob(f"**/{project}/{stack}/*.json"):
        try:
            pid = int(json.loads(lock.read_text())["pid"])
            program = Path(os.readlink(f"/proc/{pid}/exe")).name
        except (OSError, ValueError, KeyError):
            continue
        if program.startswith("pulumi"):
            raise SandboxError(f"the Pulumi process {pid} is working on {stack}: wait for it or end it first")


def _short(urn: str) -> str:
    kind, _, name = urn.rpartition("::")
    return f"{kind.rpartition('::')[2].rpartition('$')[2]} {name}"


class _Pulumi:
    """The engine on one stack of a shadow project."""

    def __init__(
        self, layout: Layout, shadow: Shadow, environment: dict[str, str], stack: str | None
    ) -> None:
        self._engine = _engine_of(environment)
        self._shadow = shadow
        self._environment = environment
        self._layout = layout
        self.stack = stack or self._output("stack", "--show-name").strip()
        if not (layout.backend / ".pulumi" / "stacks" / shadow.project / f"{self.stack}.json").exists():
            raise UsageError(
                f"there is no stack {self.stack} in the sandbox; `pulumi stack ls` lists what there is"
            )

    def run(self, *words: str, may_fail: bool = False) -> None:
        """Runs a command on the stack and shows its output only if it fails."""
        self._output(*words, "--stack", self.stack, may_fail=may_fail)

    def export(self, *, show_secrets: bool = False) -> dict[str, Any]:
        """The stack's state, secrets encrypted unless asked for in clear; that copy is never written down."""
        flags = ["--show-secrets"] if show_secrets else []
        return dict(json.loads(self._output("stack", "export", "--stack", self.stack, *flags)))

    def import_(self, state: Mapping[str, Any]) -> None:
        """Replaces the stack's state."""
        self._output("stack", "import", "--stack", self.stack, text=json.dumps(state))

    def _output(self, *words: str, text: str | None = None, may_fail: bool = False) -> str:
        done = subprocess.run(
            [self._engine, "-C", str(self._shadow.folder), "--non-interactive", *words],
            input=text or "",
            capture_output=True,
            text=True,
            env=self._environment,
            check=False,
        )
        if done.returncode != 0 and not may_fail:
            reason = (done.stderr.strip() or done.stdout.strip()).removeprefix("error: ")
            raise SandboxError(f"`pulumi {words[0]}` failed: {reason}")
        return done.stdout


def _engine_of(environment: Mapping[str, str]) -> str:
    from .engine import cached_engine, own_engine

    engine = own_engine(environment["PATH"])[0] or cached_engine()
    if engine is None:
        raise SandboxError("there is no Pulumi engine yet: run `dbstack sandbox engine`")
    return engine.path

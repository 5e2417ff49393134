"""Writes docs/reference/: the stack config, the components and the commands, from the code. `make docs` runs it.

Fields and outputs are documented by the string under each of them in the source, which no import keeps; so the
source is parsed.
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from dbstack.docker import alerts
from dbstack.spec import alarm_table, docker_mirror, storage
from dbstack.spec.changes.arguments import sentence
from dbstack.spec.cluster_engines import CLUSTER_ENGINES
from dbstack.spec.controls import CIS, CONTROLS
from dbstack.spec.engine_table import ENGINES, EngineFacts
from dbstack.spec.types import MODULES

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "components/dbstack"
REFERENCE = ROOT / "docs/reference"
NOTE = "<!-- Made by `make docs` from the code. Don't edit it here. -->"

COMPONENTS = {
    "Database": "database.py",
    "DatabaseInstance": "aws/instance.py",
    "DatabaseCluster": "database_cluster.py",
    "DatabaseClusterFromSnapshot": "database_cluster.py",
    "DatabaseClusterFromPointInTime": "database_cluster.py",
    "GlobalCluster": "aws/global_cluster.py",
    "SecondaryCluster": "database_cluster.py",
    "DatabaseInstanceFromSnapshot": "aws/restored_instance.py",
    "DatabaseInstanceFromPointInTime": "aws/restored_instance.py",
    "ReadReplica": "aws/replica.py",
    "DatabaseMonitoringRole": "aws/monitoring.py",
    "DatabaseNotifications": "aws/notifications.py",
    "DatabaseDashboard": "aws/notifications.py",
    "DatabaseNetwork": "aws/network.py",
    "DatabaseSubnetGroup": "aws/subnet_group.py",
    "DatabaseSecurityGroup": "aws/security_group.py",
    "DatabaseProxy": "aws/proxy.py",
    "DatabaseBackupPlan": "aws/backup_plan.py",
    "DockerDatabase": "docker/database.py",
    "DockerStack": "docker/stack.py",
}
# In the order in which a reader meets them.
CONFIG_TYPES = (
    "StackSettings",
    "NetworkSettings",
    "FlowLogArgs",
    "DatabaseSettings",
    "StorageArgs",
    "BackupArgs",
    "CrossRegionBackupArgs",
    "MasterPasswordArgs",
    "MonitoringArgs",
    "AlarmsArgs",
    "RotationArgs",
    "RolesArgs",
    "DatabaseUserArgs",
    "ParameterGroupArgs",
    "OptionGroupArgs",
    "OptionArgs",
    "DockerSettings",
    "HealthCheckArgs",
    "ExporterSettings",
    "PgBouncerSettings",
    "CompanionSettings",
    "RedisSettings",
    "MongoSettings",
    "DockerMonitoringSettings",
    "PrometheusSettings",
    "GrafanaSettings",
    "ReplicaSettings",
    "ReplicaStorageArgs",
    "ReplicaBackupArgs",
    "ClusterSettings",
    "ServerlessArgs",
    "ClusterInstanceArgs",
    "ReaderAutoscalingArgs",
    "ClusterEndpointArgs",
    "ClusterStorageArgs",
    "ClusterBackupArgs",
    "ClusterMonitoringArgs",
    "PlacementArgs",
    "AccessArgs",
    "ProxySettings",
    "ProxyPoolArgs",
    "ProxyEndpointSettings",
    "ProxySecretArgs",
    "StackBackupPlanSettings",
    "BackupRuleArgs",
    "BackupCopyArgs",
    "BackupVaultArgs",
    "BackupVaultLockArgs",
    "NotificationsSettings",
    "DashboardSettings",
    "ControlsArgs",
)


@dataclass(frozen=True)
class Field:
    """A field of an argument type, an output of a component, or a choice of an enum."""

    name: str
    annotation: str
    doc: str
    owner: str = ""
    """The type that declares it."""

    @property
    def required(self) -> bool:
        """True where leaving it out is an error."""
        return not self.annotation.startswith("NotRequired[")


@dataclass(frozen=True)
class Class:
    """A class of the source with what stands in it."""

    name: str
    bases: tuple[str, ...]
    doc: str
    fields: tuple[Field, ...]
    values: tuple[tuple[str, str], ...]
    """(value, documentation) of an enum's members."""


def parse(path: Path) -> dict[str, Class]:
    """Every class of a module by name."""
    tree = ast.parse(path.read_text())
    return {node.name: _class(node) for node in tree.body if isinstance(node, ast.ClassDef)}


def _class(node: ast.ClassDef) -> Class:
    fields: list[Field] = []
    values: list[tuple[str, str]] = []
    for statement, doc in _with_docs(node.body):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            fields.append(Field(statement.target.id, ast.unparse(statement.annotation), doc, node.name))
        elif isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
            values.append((str(statement.value.value), doc))
    bases = tuple(ast.unparse(base) for base in node.bases)
    return Class(node.name, bases, ast.get_docstring(node) or "", tuple(fields), tuple(values))


def _with_docs(body: list[ast.stmt]) -> Iterator[tuple[ast.stmt, str]]:
    """Each statement with the string literal that follows it."""
    for index, statement in enumerate(body):
        following = body[index + 1] if index + 1 < len(body) else None
        doc = ""
        if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
            doc = " ".join(str(following.value.value).split())
        yield statement, doc


def camel(name: str) -> str:
    """`allocated_gib` as YAML has it: `allocatedGib`."""
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)


class Types:
    """The argument types, with what they inherit."""

    def __init__(self) -> None:
        self.classes = {
            name: found
            for module in MODULES
            for name, found in parse(SOURCES / f"spec/types/{module}.py").items()
        }

    def fields(self, name: str) -> list[Field]:
        """Own and inherited fields, inherited first."""
        found = self.classes[name]
        inherited = [field for base in found.bases if base in self.classes for field in self.fields(base)]
        return inherited + [self._explained(field) for field in found.fields]

    def _explained(self, field: Field) -> Field:
        """The field with the words of the type that its own only refer to."""
        if (see := re.fullmatch(r"See `(\w+)`\.", field.doc)) is None:
            return field
        doc = next(other.doc for other in self.fields(see[1]) if other.name == field.name)
        return Field(field.name, field.annotation, doc, field.owner)

    def shown(self, annotation: str, links: dict[str, str]) -> str:
        """An annotation for a reader: choices spelled out, other types linked, `Input` marked."""
        text = re.sub(r"^NotRequired\[(.*)\]$", r"\1", annotation)
        text = re.sub(r"pulumi\.(?:Input|Output)\[((?:[^\[\]]|\[[^\]]*\])*)\]", r"\1", text)
        if text in self.classes and self.classes[text].values:
            return " · ".join(f"`{value}`" for value, _ in self.classes[text].values)
        inner = re.sub(r"^(?:dict\[str, |list\[)(.*)\]$", r"\1", text)
        plural = {"dict": "map of ", "list": "list of "}.get(text.split("[")[0], "")
        words = {"str": "text", "int": "whole number", "bool": "true or false"}
        shown = links.get(inner) or words.get(inner, f"`{inner}`")
        return plural + shown

    def table(self, name: str, links: dict[str, str], *, yaml: bool) -> str:
        """The fields of one type as a markdown table."""
        lines = ["| field | type | meaning | a change |", "|---|---|---|---|"]
        for field in self.fields(name):
            label = camel(field.name) if yaml else field.name
            needed = "**required**. " if field.required else ""
            doc = _yaml_names(field.doc, self) if yaml else field.doc
            kind = self.shown(field.annotation, links)
            if not yaml and "pulumi.Input[" in field.annotation:
                kind += ", or an output"
            change = sentence(field.owner, field.name)
            lines.append(f"| `{label}` | {kind} | {needed}{_cell(doc)} | {change} |")
        return "\n".join(lines)


def _yaml_names(doc: str, types: Types) -> str:
    """Field names in a text as YAML has them."""
    names = {field.name for found in types.classes.values() for field in found.fields}
    return re.sub(
        r"`([a-z_.]+)`", lambda m: f"`{camel(m[1])}`" if m[1].split(".")[-1] in names else m[0], doc
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def stack_config() -> str:
    """Reference of `dbstack:stack`."""
    types = Types()
    links = {name: f"[{name}](#{name.lower()})" for name in CONFIG_TYPES}
    parts = [
        NOTE,
        "# Stack config reference",
        "The object `dbstack:stack` in `Pulumi.<stack>.yaml`. See [the guide](../stack-config.md) for how to use it. "
        "An unknown key is an error; `dbstack check` finds every fault at once and contacts nothing.",
    ]
    for name in CONFIG_TYPES:
        fields = [field for field in types.fields(name) if not _program_only(name, field)]
        found = types.classes[name]
        doc = _yaml_names(found.doc, types)
        types.classes[name] = Class(found.name, (), found.doc, tuple(fields), ())
        parts += [f"## {name}", doc, types.table(name, links, yaml=True)]
    parts += ["## Choices", _choices(types)]
    return "\n\n".join(parts) + "\n"


def _program_only(name: str, field: Field) -> bool:
    """The password itself is for programs; a stack config names the key that holds it."""
    return (name, field.name) == ("MasterPasswordArgs", "value")


def _choices(types: Types) -> str:
    lines = ["| choice of | value | meaning |", "|---|---|---|"]
    for found in types.classes.values():
        lines += [f"| {found.name} | `{value}` | {_cell(doc)} |" for value, doc in found.values if doc]
    return "\n".join(lines)


def components() -> str:
    """Reference of the components."""
    types = Types()
    used = [name for name in types.classes if not types.classes[name].values]
    links = {name: f"[{name}](#{name.lower()})" for name in used}
    parts = [
        NOTE,
        "# Component reference",
        "Every component is made as `Component(name, args, opts=None, *, transform=None)`; `args` is a dict. A field "
        'marked "or an output" takes the output of another resource; every other field is plain, because it decides '
        "which resources exist or is checked before anything is created. See [the guide](../components.md). "
        "What has data also takes `named_after`, its name before it was renamed in the program.",
    ]
    mentioned: set[str] = set()
    for name, source in COMPONENTS.items():
        component = parse(SOURCES / source)[name]
        outputs = ["| output | type | meaning |", "|---|---|---|"]
        for field in component.fields:
            outputs.append(f"| `{field.name}` | {types.shown(field.annotation, {})} | {_cell(field.doc)} |")
        parts += [f"## {name}", _doc(component.doc)]
        parts += [f"### Arguments of {name}", types.table(f"{name}Args", links, yaml=False)]
        parts += [f"### Outputs of {name}", "\n".join(outputs)]
        mentioned |= {
            other for other in links for field in types.fields(f"{name}Args") if other in field.annotation
        }
    inner = mentioned
    while inner:
        found = {
            other
            for name in inner
            for other in links
            for field in types.fields(name)
            if other in field.annotation
        }
        inner = found - mentioned
        mentioned |= inner
    parts.append("## Argument types")
    for name in sorted(mentioned):
        parts += [f"### {name}", types.classes[name].doc, types.table(name, links, yaml=False)]
    return "\n\n".join(parts) + "\n"


def _doc(text: str) -> str:
    """A docstring as markdown: its example as a code block."""
    before, mark, example = text.partition("Example::\n\n")
    if not mark:
        return text
    code = "\n".join(line.removeprefix("    ") for line in example.splitlines()).rstrip()
    return f"{before.rstrip()}\n\n```python\n{code}\n```"


def engines() -> str:
    """What is known of each engine: from the tables that the checks read."""
    parts = [
        NOTE,
        "# Engines",
        "From the tables that the checks themselves read (`spec/engine_table.py`, `spec/cluster_engines.py`, "
        "`spec/storage.py`, `spec/reserved.py`), where each fact has its source. A version's list of minors stands "
        "nowhere: whether one exists only AWS knows (`aws rds describe-db-engine-versions --engine ...`).",
        "## Databases (`engine` of a database)",
    ]
    parts += [_engine(facts) for facts in ENGINES.values()]
    parts.append("## DB clusters (`engine` of a cluster)")
    header = [
        "| engine | what | port | parameter-group family | version | logs | forces TLS |",
        "|---|---|---|---|---|---|---|",
    ]
    for facts in CLUSTER_ENGINES.values():
        forced = ", ".join(f"`{name}: {value}`" for name, value in facts.tls.items())
        family = facts.family.format(major="<major>")
        cells = [f"`{facts.name}`", facts.label, str(facts.port), f"`{family}`", facts.version_examples]
        header.append("| " + " | ".join([*cells, _listed(facts.log_exports), forced]) + " |")
    return "\n\n".join([*parts, "\n".join(header)]) + "\n"


def _engine(facts: EngineFacts) -> str:
    """One engine as a list of facts."""
    types = [
        f"{name} {volume.least_gib} to {volume.most_gib}"
        for name, volume in storage.volumes(facts.name).items()
    ]
    tls = ", ".join(f"`{name}: {value}`" for name, value in facts.tls_parameters.items())
    since = ".".join(map(str, facts.tls_since))
    iam = facts.iam_authentication_since
    prefixes = "".join(f", and what begins with `{prefix}`" for prefix in facts.reserved_user_prefixes)
    database = (
        f"at most {facts.database_name_max} characters; reserved: {_listed(sorted(facts.reserved_databases))}"
    )
    rows = {
        "port": str(facts.port),
        "parameter-group family": f"`{facts.family.format(major='<major>', number='<number>')}`",
        "version": f"{facts.version_examples}; from {'.'.join(map(str, facts.lowest_major))} on",
        "licence": f"{_listed(facts.licenses)}{'; to be chosen' if len(facts.licenses) > 1 else ''}",
        "storage in GiB": "; ".join(types),
        "smallest `t` class": f"`db.t3.{facts.least_burstable}`",
        "Graviton classes": "yes" if facts.graviton else "no",
        "Multi-AZ": "yes" if facts.multi_az else "no",
        "read replicas": f"up to {facts.max_replicas}" if facts.max_replicas else "none",
        "managed password with replicas": "yes" if facts.managed_password_with_replicas else "no",
        "master password": f"8 to {facts.password_max} characters, none of `{facts.password_forbidden}`, no space",
        "master user": f"at most {facts.username_max} characters; reserved: "
        f"{_listed(sorted(facts.reserved_users))}{prefixes}",
        "first database": database if facts.first_database else "none: create one by SQL",
        "logs": _listed(facts.log_exports),
        "IAM authentication": "no" if iam is None else f"from {'.'.join(map(str, iam))} on",
        "RDS Proxy": "yes" if facts.proxy_family else "no",
        "forces TLS": (tls + (f" from {since} on" if since else "")) if tls else "by an option or not at all",
        "option groups": "yes" if facts.options else "no",
        "dedicated log volume": "no"
        if facts.logs_volume_since is None
        else "from " + ", ".join(".".join(map(str, version)) for version in facts.logs_volume_since) + " on",
    }
    lines = [
        f"| {facts.label} | `{facts.name}` |",
        "|---|---|",
        *(f"| {name} | {text} |" for name, text in rows.items()),
    ]
    return f"### {facts.label}\n\n" + "\n".join(lines)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def commands() -> str:
    """Reference of the command line."""
    from dbstack.cli import main

    parts = [NOTE, "# Command reference"]
    parts.append(
        "Exit codes: 0 fine; 1 the thing asked for failed; 2 bad usage, config or input. Errors go to stderr in one "
        "sentence; `--verbose` adds where they came from."
    )
    for path, command in _walk(main, ("dbstack",)):
        context = click.Context(command, info_name=" ".join(path), **main.context_settings)
        parts += [f"## {' '.join(path)}", f"```text\n{command.get_help(context).strip()}\n```"]
    return "\n\n".join(parts) + "\n"


def _walk(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            yield from _walk(command.commands[name], (*path, name))


def controls() -> str:
    """The security controls, with what dbstack does by default."""
    parts = [
        NOTE,
        "# Security controls",
        "The controls of AWS Foundational Security Best Practices that apply to RDS and what stands round it, with the "
        "number of the same thing in CIS AWS Foundations 5.0. See "
        "[the guide](../controls.md) for how they are named in a preview, acknowledged, and enforced by a policy pack.",
    ]
    lines = [
        "| control | CIS 5.0 | severity | what it wants | dbstack's default | how to satisfy it |",
        "|---|---|---|---|---|---|",
    ]
    for control in CONTROLS.values():
        cells = (
            f"[{control.id}]({control.page})",
            CIS.get(control.id, ""),
            control.severity,
            control.title,
            control.default,
            control.satisfy,
        )
        lines.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
    return "\n\n".join([*parts, "\n".join(lines)]) + "\n"


def permissions() -> str:
    """The IAM policy of a deployment, with an example of an account."""
    import json

    from dbstack.spec.permission_actions import ACTIONS
    from dbstack.spec.permissions import policies

    parts_of = policies(ACTIONS, region="us-east-1", account="123456789012", prefix="dbstack-prod-")
    rows = [
        f"| `{token}` | {', '.join(f'`{name}`' for name in needed)} |" for token, needed in ACTIONS.items()
    ]
    parts = [
        NOTE,
        "# IAM permissions reference",
        "What `pulumi up`, `refresh` and `destroy` of a stack call, by resource type. See "
        "[the guide](../first-up.md).",
        "\n".join(["| resource type | actions |", "|---|---|", *rows]),
        "## The policies",
        "All of them together allow everything that dbstack can make; each fits into a managed policy. "
        "Of the stack `prod` of the project `dbstack` in one account and region: replace the account, the region and "
        "the prefix `{project}-{stack}-`.",
        *(f"```json\n{json.dumps(document, indent=2)}\n```" for document in parts_of),
    ]
    return "\n\n".join(parts) + "\n"


def alarms() -> str:
    """The table of alarms, and where their thresholds come from."""
    rows = [
        "| field | metric | of | threshold | told after | source |",
        "|---|---|---|---|---|---|",
    ]
    for alarm in alarm_table.ALARMS:
        sign = "above" if alarm.comparison == alarm_table.ABOVE else "below"
        kinds = ", ".join(alarm.of) + (f" ({alarm.only})" if alarm.only else "")
        minutes = alarm.period * alarm.periods // 60
        after = f"{minutes} minutes" if minutes < 60 else f"{minutes // 60} hours"
        found = [alarm_table.SOURCES[name] for name in alarm.sources]
        source = ", ".join(f"[{name}]({address}) ({when})" for name, address, when in found) or "dbstack"
        cells = [f"`{camel(alarm.field)}`", f"{alarm.metric}, {alarm.statistic.lower()}", kinds]
        rows.append("| " + " | ".join([*cells, f"{sign} {alarm.derived}", after, source]) + " |")
    parts = [
        NOTE,
        "# Alarms",
        "From `spec/alarm_table.py`, by which alarms are made. A field is one of "
        "[AlarmsArgs](stack-config.md#alarmsargs): a value takes the place of the threshold, 0 leaves the alarm out. "
        "A source has the day on which it was read (*recalled*: it wasn't at hand); where none is named, the number is "
        "dbstack's own.",
        "\n".join(rows),
    ]
    return "\n\n".join(parts) + "\n"


def docker() -> str:
    """What target docker mirrors of a database and of a replica, and which alarms."""
    parts = [
        NOTE,
        "# What target docker mirrors",
        "From `spec/docker_mirror.py`, by which an `up` tells and refuses. See [the guide](../docker.md). *Told*: one "
        "warning of the `up` and of the preview names it where the description gives it.",
    ]
    for title, table in (("A database", docker_mirror.DATABASE), ("A read replica", docker_mirror.REPLICA)):
        rows = ["| field | mirrored | how |", "|---|---|---|"]
        for path, row in table.items():
            field = ".".join(camel(name) for name in path.split("."))
            rows.append(f"| `{field}` | {row.kind} | {_cell(row.words)} |")
        parts += [f"## {title}", "\n".join(rows)]
    rows = ["| alarm on AWS | on Docker |", "|---|---|"]
    for alarm in alarm_table.ALARMS:
        if alarm_table.Of.INSTANCE in alarm.of:
            measure = alerts.MEASURES.get(alarm.key)
            told = f"an alert rule over `{measure}`" if measure else "no: it would be of this machine"
            rows.append(f"| `{camel(alarm.field)}` | {told} |")
    parts += [
        "## Alarms",
        "With the stack's `docker.monitoring`; and one more, when a server does not answer.",
        "\n".join(rows),
    ]
    return "\n\n".join(parts) + "\n"


PAGES = {
    "alarms.md": alarms,
    "controls.md": controls,
    "docker.md": docker,
    "stack-config.md": stack_config,
    "components.md": components,
    "commands.md": commands,
    "permissions.md": permissions,
    "engines.md": engines,
}


def main() -> int:
    """Write every page."""
    REFERENCE.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())

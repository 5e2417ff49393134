"""The change tables: complete, agreed with two referees, and what the documentation says.

The first referee is Terraform's AWS provider 5.100.0 (pulumi_aws bridges a later major of it): what its plan says of
each argument stands in `tests/fixtures/replacements.json`. To record it anew, with terraform and that provider::

    mkdir referee && cd referee
    wanted='{"aws": {"source": "hashicorp/aws", "version": "5.100.0"}}'
    echo "{\"terraform\": {\"required_providers\": $wanted}}" > main.tf.json
    terraform init
    python ../tests/fixtures/record_replacements.py . > ../tests/fixtures/replacements.json

The second is the sandbox's own `replaces` flags.
"""

import importlib
import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.unit.sandbox_aws.sdk import loaded, names_of

from dbstack.sandbox.aws.table import TYPES
from dbstack.sandbox.docker.table import TYPES as DOCKER_TYPES
from dbstack.spec.changes import TABLE, Effect, Risk, Rule, When, classify, severity, worst
from dbstack.spec.changes.arguments import (
    ELSEWHERE,
    OWN,
    PROPERTIES,
    RESOURCES,
    effects_of,
    property_of,
    sentence,
)
from dbstack.spec.changes.model import KEPT, UNKNOWN_VALUE

ROOT = Path(__file__).resolve().parents[3]
RECORDED: dict[str, Any] = json.loads((ROOT / "tests/fixtures/replacements.json").read_text())["types"]
INSTANCE = "aws:rds/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"
ENGINE = {CLUSTER: "aurora-postgresql"}
EVERY = [(token, name) for token, table in TABLE.items() for name in table.rules]


def sdk_inputs(token: str) -> set[str]:
    package, _, rest = token.partition(":")
    module, _, name = rest.rpartition(":")
    if package == "docker":
        return names_of(getattr(importlib.import_module("pulumi_docker"), f"{name}Args"))
    file = re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()
    return names_of(getattr(loaded("pulumi_aws", module.split("/")[0], name, file), f"{name}Args"))


@pytest.mark.parametrize("token", TABLE)
def test_every_input_of_the_sdk_has_a_rule(token: str):
    assert set(TABLE[token].rules) - {"tagsAll"} == sdk_inputs(token)


@pytest.mark.parametrize(("token", "name"), EVERY)
def test_a_rule_names_its_page_and_the_last_holds_always(token: str, name: str):
    rules = TABLE[token].rules[name]
    assert rules[-1].test is None
    for rule in rules:
        assert (rule.test is None) == (rule.condition == "")
        page = rule.source or TABLE[token].source
        assert page.startswith(
            (
                "https://docs.aws.amazon.com/",
                "https://docs.docker.com/",
                "https://www.pulumi.com/registry/packages/aws/",
                "https://www.pulumi.com/registry/packages/docker/",
            )
        )


VARIANTS = {"change": ("aone", "atwo"), "add": (None, "atwo"), "remove": ("aone", None)}


@pytest.mark.parametrize(
    ("token", "name", "variant"),
    [
        (token, name, variant)
        for token, found in RECORDED.items()
        for name, variants in found.items()
        for variant, word in variants.items()
        # Refused before a plan was made: nothing to compare.
        if word != "refused"
    ],
)
def test_the_table_agrees_with_terraform_on_what_replaces(token: str, name: str, variant: str):
    planned = RECORDED[token][name][variant]
    assert planned in ("replace", "update", "none")
    change = classify(token, name, *VARIANTS[variant], {"engine": ENGINE.get(token, "postgres")})
    assert (change.effect is Effect.REPLACEMENT) == (planned == "replace")


@pytest.mark.parametrize("token", sorted(TABLE.keys() & TYPES.keys()))
def test_the_table_agrees_with_the_sandbox_on_what_replaces(token: str):
    properties = {"engine": ENGINE.get(token, "postgres")}
    served = {name: prop for name, prop in TYPES[token].inputs.items() if not prop.refused}
    ours = {
        name for name in served if classify(token, name, None, "x", properties).effect is Effect.REPLACEMENT
    }
    theirs = {name for name, prop in served.items() if prop.replaces}
    assert ours == theirs


@pytest.mark.parametrize("token", sorted(DOCKER_TYPES))
def test_the_table_agrees_with_the_sandbox_on_what_makes_a_container_or_volume_anew(token: str):
    for name, prop in DOCKER_TYPES[token].inputs.items():
        effect = classify(token, name, "one", "two", {}).effect
        if name != "init" and not prop.refused:
            assert (effect in (Effect.REPLACEMENT, Effect.DOWNTIME)) == prop.replaces, name


def instance(name: str, old: Any, new: Any, **properties: Any):
    return classify(INSTANCE, name, old, new, {"engine": "postgres", **properties})


@pytest.mark.parametrize(
    ("name", "old", "new", "properties", "effect", "when"),
    [
        ("allocatedStorage", 100, 200, {}, Effect.ONLINE, When.WINDOW),
        ("allocatedStorage", 100, 200, {"applyImmediately": True}, Effect.ONLINE, When.NOW),
        ("allocatedStorage", 200, 100, {}, Effect.REFUSED, When.NOW),
        ("engineVersion", "16.4", "16.6", {}, Effect.DOWNTIME, When.WINDOW),
        ("engineVersion", "16.4", "17.5", {}, Effect.REFUSED, When.NOW),
        ("engineVersion", "16.4", "17.5", {"allowMajorVersionUpgrade": True}, Effect.DOWNTIME, When.WINDOW),
        ("engineVersion", "17", "16", {"allowMajorVersionUpgrade": True}, Effect.REFUSED, When.NOW),
        ("backupRetentionPeriod", 7, 14, {}, Effect.ONLINE, When.NOW),
        ("backupRetentionPeriod", 7, 0, {}, Effect.DOWNTIME, When.WINDOW),
        ("backupRetentionPeriod", 0, 7, {}, Effect.DOWNTIME, When.WINDOW),
        ("storageType", "standard", "gp3", {}, Effect.DOWNTIME, When.WINDOW),
        ("storageType", "gp2", "gp3", {}, Effect.ONLINE, When.WINDOW),
        ("port", 5432, 5433, {}, Effect.REBOOT, When.NOW),
        ("identifier", "one", "two", {}, Effect.REBOOT, When.WINDOW),
        ("parameterGroupName", "one", "two", {"applyImmediately": True}, Effect.REBOOT, When.RESTART),
        ("instanceClass", "db.t3.micro", "db.r6g.large", {}, Effect.DOWNTIME, When.WINDOW),
        ("kmsKeyId", "one", "two", {}, Effect.REPLACEMENT, When.NOW),
        ("kmsKeyId", "one", None, {}, Effect.ONLINE, When.NOW),
        ("snapshotIdentifier", None, "one", {}, Effect.REPLACEMENT, When.NOW),
        ("snapshotIdentifier", "one", None, {}, Effect.ONLINE, When.NOW),
        ("restoreToPointInTime", {"a": 1}, {"a": 2}, {}, Effect.ONLINE, When.NOW),
        ("restoreToPointInTime", {"a": 1}, None, {}, Effect.REPLACEMENT, When.NOW),
        ("replicateSourceDb", "one", None, {}, Effect.REBOOT, When.NOW),
        ("replicateSourceDb", "one", "two", {}, Effect.REFUSED, When.NOW),
        ("performanceInsightsKmsKeyId", None, "one", {}, Effect.ONLINE, When.NOW),
        ("performanceInsightsKmsKeyId", "one", "two", {}, Effect.REFUSED, When.NOW),
        ("tags.Name", "one", "two", {}, Effect.ONLINE, When.NOW),
        ("vpcSecurityGroupIds[0]", "one", "two", {}, Effect.ONLINE, When.NOW),
    ],
)
def test_conditions(name: str, old: Any, new: Any, properties: dict[str, Any], effect: Effect, when: When):
    change = instance(name, old, new, **properties)
    assert (change.effect, change.when) == (effect, when)


INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
PARAMETERS = "aws:rds/parameterGroup:ParameterGroup"
DYNAMIC = {"name": "work_mem", "value": "4096"}
STATIC = {"name": "max_connections", "value": "200", "applyMethod": "pending-reboot"}
ENGINE_OF_AURORA = {"engine": "aurora-postgresql"}
RULE_A, RULE_B = {"fromPort": 1}, {"fromPort": 2}


@pytest.mark.parametrize(
    ("token", "name", "old", "new", "risk"),
    [
        # Aurora's versions are read in their own form.
        (CLUSTER, "engineVersion", "16.4", "17.4", Effect.REFUSED),
        (CLUSTER, "engineVersion", "17.4", "16.4", Effect.REFUSED),
        (CLUSTER, "engineVersion", "16.4", "16.8", Effect.DOWNTIME),
        (CLUSTER, "engineVersion", "16.4", "16", Effect.ONLINE),
        (CLUSTER, "engineVersion", "16.4", "no version", Effect.DOWNTIME),
        (INSTANCE, "engineVersion", "16.4", "16", Effect.ONLINE),
        # Who was let in before is cut off, unless the rule grows.
        (INGRESS, "cidrIpv4", "10.1.0.0/16", "10.0.0.0/8", Effect.ONLINE),
        (INGRESS, "cidrIpv4", "10.0.0.0/8", "10.1.0.0/16", Effect.DOWNTIME),
        (INGRESS, "cidrIpv4", "10.1.0.0/16", UNKNOWN_VALUE, Effect.DOWNTIME),
        (INGRESS, "cidrIpv4", "10.1.0.0/16", None, Effect.DOWNTIME),
        (INGRESS, "cidrIpv6", "fd00::/16", "fd00::/8", Effect.ONLINE),
        (INGRESS, "fromPort", 5432, 5000, Effect.ONLINE),
        (INGRESS, "fromPort", 5432, 5433, Effect.DOWNTIME),
        (INGRESS, "toPort", 5432, 5433, Effect.ONLINE),
        (INGRESS, "toPort", 5432, 5000, Effect.DOWNTIME),
        (INGRESS, "ipProtocol", "tcp", "-1", Effect.ONLINE),
        (INGRESS, "ipProtocol", "tcp", "udp", Effect.DOWNTIME),
        (INGRESS, "referencedSecurityGroupId", "sg-1", "sg-2", Effect.DOWNTIME),
        (EGRESS, "cidrIpv4", "10.0.0.0/8", "10.1.0.0/16", Effect.ONLINE),
        (GROUP, "ingress", [RULE_A], [RULE_A, RULE_B], Effect.ONLINE),
        (GROUP, "ingress", [RULE_A, RULE_B], [RULE_A], Effect.DOWNTIME),
        (GROUP, "ingress", [RULE_A], UNKNOWN_VALUE, Effect.DOWNTIME),
        # AWS takes `immediate` for dynamic parameters only.
        (PARAMETERS, "parameters", None, [DYNAMIC], Effect.ONLINE),
        (PARAMETERS, "parameters", [DYNAMIC, STATIC], [STATIC], Effect.ONLINE),
        (PARAMETERS, "parameters", [DYNAMIC, STATIC], [DYNAMIC], Effect.REBOOT),
        (PARAMETERS, "parameters", [STATIC], [{**STATIC, "value": "300"}], Effect.REBOOT),
        (PARAMETERS, "parameters", [DYNAMIC], UNKNOWN_VALUE, Effect.REBOOT),
        ("aws:rds/proxy:Proxy", "requireTls", False, True, Effect.DOWNTIME),
        ("aws:rds/proxy:Proxy", "requireTls", True, False, Effect.ONLINE),
    ],
)
def test_conditions_of_what_is_round_an_instance(token: str, name: str, old: Any, new: Any, risk: Effect):
    properties = {"engine": ENGINE.get(token, "postgres")}
    assert classify(token, name, old, new, properties).effect is risk


def test_ports_are_nothing_where_every_protocol_is_let_in():
    for name in ("fromPort", "toPort"):
        assert classify(INGRESS, name, 5432, None, {"ipProtocol": "-1"}).effect is Effect.ONLINE
        assert classify(INGRESS, name, 5432, None, {"ipProtocol": "tcp"}).effect is Effect.DOWNTIME


def test_a_global_cluster_knows_neither_window_nor_consent():
    change = classify(
        "aws:rds/globalCluster:GlobalCluster", "engineVersion", "16.4", "16.6", ENGINE_OF_AURORA
    )
    assert (change.effect, change.when) == (Effect.DOWNTIME, When.NOW)


@pytest.mark.parametrize(
    ("name", "old", "risk"),
    [
        ("allocatedStorage", 100, Risk.ONLINE),
        ("backupRetentionPeriod", 7, Risk.DOWNTIME),
        ("engineVersion", "16", Risk.DOWNTIME),
        ("storageType", "gp3", Risk.DOWNTIME),
    ],
)
def test_a_value_not_known_yet_counts_as_the_worst_that_it_may_be(name: str, old: Any, risk: Risk):
    assert instance(name, old, UNKNOWN_VALUE).risk is risk


@pytest.mark.parametrize(
    ("token", "name"),
    [
        (INSTANCE, "somethingNew"),
        ("aws:rds/somethingNew:SomethingNew", "engine"),
        ("aws:neptune/cluster:Cluster", "engine"),
    ],
)
def test_what_no_rule_knows_is_unknown(token: str, name: str):
    change = classify(token, name, "one", "two", {})
    assert change.risk is Risk.UNKNOWN
    assert change.rule is None


def test_a_replacement_is_data_loss_only_where_there_is_data():
    assert instance("engine", "postgres", "mysql").risk is Risk.DATA_LOSS
    assert classify("aws:kms/key:Key", "keyUsage", "one", "two", {}).risk is Risk.DATA_LOSS
    assert classify("aws:secretsmanager/secret:Secret", "name", "one", "two", {}).risk is Risk.DATA_LOSS
    assert classify("aws:rds/parameterGroup:ParameterGroup", "family", "one", "two", {}).risk is Risk.ONLINE
    assert instance("engine", "postgres", "mysql").one_way
    assert instance("replicateSourceDb", "one", None).one_way
    assert not instance("multiAz", False, True).one_way


def test_the_order_of_risks():
    assert [risk.name for risk in Risk] == ["DATA_LOSS", "DOWNTIME", "REBOOT", "ONLINE", "UNKNOWN"]
    ranked = sorted(Risk, key=severity)
    assert ranked == [Risk.DATA_LOSS, Risk.DOWNTIME, Risk.REBOOT, Risk.UNKNOWN, Risk.ONLINE]
    online, unknown = instance("tags", 1, 2), instance("somethingNew", 1, 2)
    assert worst([online, unknown]) is Risk.UNKNOWN
    assert worst([online, unknown, instance("port", 1, 2)]) is Risk.REBOOT
    assert worst([]) is Risk.ONLINE


# -- arguments ---------------------------------------------------------------------------------------------


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs/generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def arguments() -> list[tuple[str, str, str]]:
    """(type, argument, its text) of every argument that is not a group of others."""
    types = generator().Types()
    groups = {name for name, found in types.classes.items() if not found.values}
    return [
        (found.name, field.name, field.doc)
        for found in types.classes.values()
        if not found.values
        for field in found.fields
        if not groups & set(re.findall(r"\w+", field.annotation))
    ]


ARGUMENTS = arguments()


@pytest.mark.parametrize(("type_name", "field"), [(name, field) for name, field, _ in ARGUMENTS])
def test_every_argument_says_what_a_change_does(type_name: str, field: str):
    assert sentence(type_name, field), (
        f"{type_name}.{field}: name its resource in RESOURCES and its property in PROPERTIES of "
        "dbstack/spec/changes/arguments.py, or say in OWN what a change does"
    )


def test_no_line_is_left_over():
    known = {f"{name}.{field}" for name, field, _ in ARGUMENTS}
    assert set(PROPERTIES) | set(OWN) | set(ELSEWHERE) <= known
    assert set(RESOURCES) <= {name for name, _, _ in ARGUMENTS}
    assert not set(PROPERTIES) & set(OWN)


# The words that the texts under the arguments use, and what the table must then say (and the other way round).
WORDS = {
    r"\bREPLACES\b|\breplaces\b": {Effect.REPLACEMENT},
    r"\breboots?\b": {Effect.REBOOT},
    r"\bdowntime\b|\boutage\b": {Effect.DOWNTIME},
    r"\bonline\b": {Effect.ONLINE},
}


@pytest.mark.parametrize(
    ("type_name", "field", "change"),
    [
        (name, field, match[1])
        for name, field, doc in ARGUMENTS
        if property_of(name, field) and (match := re.search(r"Change: (.*)$", doc))
    ],
)
def test_the_texts_under_the_arguments_do_not_contradict_the_table(type_name: str, field: str, change: str):
    effects = effects_of(type_name, field)
    said = {pattern for pattern in WORDS if re.search(pattern, change)}
    for pattern in said:
        assert WORDS[pattern] & effects, (
            f"{type_name}.{field} says {change!r}; the table says {sorted(effects)}"
        )
    if effects <= {Effect.REPLACEMENT}:
        assert re.search("replaces", change, re.IGNORECASE), (
            f"{type_name}.{field}: {change!r} must say REPLACES"
        )
    if said == {r"\bonline\b"}:
        assert effects <= {Effect.ONLINE, Effect.REFUSED}, (
            f"{type_name}.{field} says online; the table says {sorted(effects)}"
        )


def test_kept_rules_are_not_shown():
    assert isinstance(KEPT, Rule)
    assert "no longer given" not in sentence("InstanceSettings", "engine")
    assert "**replacement**" in sentence("InstanceSettings", "engine")


def test_the_example_of_the_page_runs():
    [code] = re.findall(r"```python\n(.*?)```", (ROOT / "docs/changes.md").read_text(), flags=re.DOTALL)
    exec(compile(code, "docs/changes.md", "exec"), {})

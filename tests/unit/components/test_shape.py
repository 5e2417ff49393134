"""Parents, names, options, hooks and transforms of the components."""

import json
from typing import Any

import pulumi
import pytest
from tests.unit.components.programs import INSTANCE, POSTGRES, database, described

from dbstack import Database, DatabaseInstance, DatabaseNetwork, ReadReplica, SpecError
from dbstack.aws import hooks
from dbstack.aws.guards import refuse_unasked_password_move
from dbstack.common.children import names_for
from dbstack.testing import Deployment, deploy


def tree(deployment: Deployment) -> dict[str, str]:
    """name:type -> parent's name:type, last parts only."""

    def label(urn: str) -> str:
        item = deployment.monitor.recorded[urn]
        return f"{item.name}:{item.type.rpartition(':')[2]}"

    return {label(item.urn): label(item.parent) if item.parent else "" for item in deployment.resources}


def test_the_tree() -> None:
    with database({**POSTGRES, "replicas": {"reporting": {}}}) as deployment:
        found = tree(deployment)
        stack = next(parent for child, parent in found.items() if child == "app:Database")
        assert stack.endswith(":Stack")
        assert found == {
            "network:DatabaseNetwork": stack,
            "network:Vpc": "network:DatabaseNetwork",
            "network-default:DefaultSecurityGroup": "network:DatabaseNetwork",
            "network-private:RouteTable": "network:DatabaseNetwork",
            "network-us-east-1a:Subnet": "network:DatabaseNetwork",
            "network-us-east-1b:Subnet": "network:DatabaseNetwork",
            "network-us-east-1a:RouteTableAssociation": "network:DatabaseNetwork",
            "network-us-east-1b:RouteTableAssociation": "network:DatabaseNetwork",
            "network-application:SecurityGroup": "network:DatabaseNetwork",
            "network-application-egress:SecurityGroupEgressRule": "network:DatabaseNetwork",
            "app:Database": stack,
            "app-subnets:SubnetGroup": "app:Database",
            "app-access:SecurityGroup": "app:Database",
            "app-access-from-application:SecurityGroupIngressRule": "app:Database",
            "app-access-egress:SecurityGroupEgressRule": "app:Database",
            "app-suffix:RandomId": "app:Database",
            "app-marker:Stash": "app:Database",
            "app-password:RandomPassword": "app:Database",
            "app-monitoring:Role": "app:Database",
            "app-monitoring:RolePolicyAttachment": "app:Database",
            "app-log-postgresql:LogGroup": "app:Database",
            "app-log-upgrade:LogGroup": "app:Database",
            "app-parameters:ParameterGroup": "app:Database",
            "app:Instance": "app:Database",
            "app-master:Secret": "app:Database",
            "app-master:SecretVersion": "app:Database",
            "app-reporting-log-postgresql:LogGroup": "app:Database",
            "app-reporting-log-upgrade:LogGroup": "app:Database",
            "app-reporting:Instance": "app:Database",
        }


def test_every_component_registers_the_outputs_it_declares() -> None:
    with database({**POSTGRES, "replicas": {"r": {}}}) as deployment:
        components = [item for item in deployment.resources if not item.custom]
        assert len(components) == 2
        declared = {
            cls.__name__: set(cls.__annotations__)
            for cls in pulumi.ComponentResource.__subclasses__()
            if cls.__module__.startswith("dbstack.")
        }
        for component in components:
            assert component.registered_outputs is not None, component.name
            assert set(component.registered_outputs) == declared[component.type.rpartition(":")[2]]


def test_the_callers_options_stay_with_the_component() -> None:
    def program() -> None:
        network = DatabaseNetwork("network", {"vpc_cidr": "10.0.0.0/16"})
        Database(
            "app",
            {
                **POSTGRES,
                "network": {"vpc_id": network.vpc_id, "subnet_ids": ["subnet-12345678", "subnet-22345678"]},
            },
            pulumi.ResourceOptions(aliases=[pulumi.Alias(name="old")], ignore_changes=["tags"], protect=True),
        )

    with deploy(program, preview=True) as deployment:
        children = [item for item in deployment.resources if item.name.startswith("app") and item.custom]
        assert len(children) == 11
        for child in children:
            # Of the library's own: a backup may be named for the database, and named no more.
            assert child.ignore_changes == (
                ("restoreToPointInTime", "s3Import") if child.type == INSTANCE else ()
            )
            assert child.aliases == () or all("old" in alias for alias in child.aliases)
            assert child.protect is True


@pytest.mark.parametrize("protected", [True, False])
def test_a_protected_network_protects_its_vpc_alone(protected: bool) -> None:
    def program() -> None:
        DatabaseNetwork("network", {"vpc_cidr": "10.0.0.0/16", "deletion_protection": protected})

    with deploy(program, preview=True) as deployment:
        held = [item.type for item in deployment.resources if item.protect]
        assert held == (["aws:ec2/vpc:Vpc"] if protected else [])


def test_one_guard_for_all_instances_runs_in_preview() -> None:
    with database({**POSTGRES, "replicas": {"a": {}, "b": {}}}) as deployment:
        guards = [
            "dbstack-refuse-lost-replica",
            "dbstack-refuse-unsafe-update",
            "dbstack-refuse-unasked-password-move",
            "dbstack-refuse-minor-before-replicas",
            "dbstack-refuse-unasked-group-move",
            "dbstack-refuse-empty-successor",
        ]
        assert deployment.monitor.registered_hooks == dict.fromkeys(guards, True)
        for instance in deployment.of_type(INSTANCE):
            assert instance.hooks["before_update"][0] == guards[1]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            {"password": "x"},
            {"manageMasterUserPassword": True},
            "from generated to managed.*{source: generated}. to keep it",
        ),
        (
            {"manageMasterUserPassword": True},
            {},
            "from managed to generated.*{source: generated}. to consent",
        ),
        ({"manageMasterUserPassword": True}, {"manageMasterUserPassword": True}, None),
        ({}, {}, None),
    ],
)
def test_replicas_alone_never_move_the_password(old: dict[str, Any], new: dict[str, Any], words: str) -> None:
    guard = "dbstack-refuse-unasked-password-move"
    with database(POSTGRES) as deployment:
        assert guard in deployment.one(INSTANCE).hooks["before_update"]
        assert deployment.monitor.registered_hooks[guard] is True
    with database({**POSTGRES, "password": {"source": "generated"}}) as deployment:
        assert guard not in deployment.one(INSTANCE).hooks["before_update"]
    args = pulumi.ResourceHookArgs("urn", "id", "app", INSTANCE, new_inputs=new, old_inputs=old)
    if words is None:
        refuse_unasked_password_move(args)
    else:
        with pytest.raises(ValueError, match=words):
            refuse_unasked_password_move(args)


def test_a_renamed_instance_keeps_its_subnet_group_and_its_secret() -> None:
    settings = {**POSTGRES, "identifier": "renamed", "password": {"source": "generated"}}
    with database(settings) as deployment:
        instance = described(deployment, "renamed")
        assert instance["DBSubnetGroup"]["DBSubnetGroupName"] == "shop-dev-app"
        secret = deployment.client("secretsmanager").list_secrets()["SecretList"][0]["Name"]
        assert secret.startswith("shop-dev-app-master-")
    with database({**settings, "database_name": "x", "username": "y"}, name="ein Name!") as deployment:
        instance = described(deployment, "renamed")
        assert instance["DBSubnetGroup"]["DBSubnetGroupName"] == "renamed"


def test_a_component_named_after_another_name_has_that_ones_names_in_aws() -> None:
    """Of all that a database may stand with: proxy, own role, groups, secret, replica with its own access."""
    settings = {
        **POSTGRES,
        "password": {"source": "generated"},
        "replicas": {"reporting": {"access": {"from_cidrs": ["10.9.0.0/16"]}}},
        "proxy": {},
        "monitoring": {"enhanced_interval_seconds": 60},
    }

    def given(name: str, **options: Any) -> dict[str, str]:
        with database(settings, name=name, **options) as deployment:
            assert described(deployment)["DBName"] == "app"
            return {
                f"{item.type} {item.name.replace(name, '*', 1)}": json.dumps(item.inputs, sort_keys=True)
                for item in deployment.resources
                if item.type.startswith("aws:") and not item.name.startswith("network")
            }

    renamed = given("sales", named_after="app")
    assert renamed.keys() == given("app").keys()
    assert len(renamed) > 15
    for resource, inputs in renamed.items():
        assert "sales" not in inputs, resource


def test_nor_does_a_role_by_which_it_joins_a_domain_follow_the_new_name() -> None:
    settings = {"engine": "sqlserver-se", "engine_version": "16.00", "instance_class": "db.m5.large"}
    joined = {**settings, "domain": {"directory_id": "d-0123456789"}}
    with database(joined, name="sales", named_after="app") as deployment:
        role = deployment.one("aws:iam/role:Role", "sales-domain")
        assert "sales" not in json.dumps(role.inputs)


URN = "urn:pulumi:dev::shop::dbstack:index:Database::orders"


@pytest.mark.parametrize(
    ("aliases", "named_after", "known"),
    [
        (None, None, "sales"),
        ([pulumi.Alias(name="orders")], None, "orders"),
        ([URN], None, "orders"),
        ([URN, pulumi.Alias(name="orders", parent=pulumi.ROOT_STACK_RESOURCE)], None, "orders"),
        # Moved, not renamed.
        ([pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)], None, "sales"),
        ([pulumi.Alias(name="sales", type_="shop:index:Old")], None, "sales"),
        # Which of them AWS knows is not told.
        ([pulumi.Alias(name="orders"), pulumi.Alias(name="older")], None, "sales"),
        ([pulumi.Alias(name="orders"), pulumi.Alias(name="older")], "older", "older"),
    ],
)
def test_an_alias_keeps_the_names_in_aws(aliases: Any, named_after: str | None, known: str) -> None:
    def program() -> dict[str, Any]:
        names = names_for("sales", named_after, pulumi.ResourceOptions(aliases=aliases))
        return {"physical": names.physical}

    with deploy(program, project="shop", stack="dev") as deployment:
        assert deployment.outputs["physical"] == f"shop-dev-{known}"


@pytest.mark.parametrize("replica", [False, True])
@pytest.mark.parametrize(
    ("settings", "before", "back"),
    [
        ({}, "shop-dev-sales", True),
        # Asked for, and a rename from elsewhere.
        ({"identifier": "shop-dev-orders"}, "shop-dev-sales", False),
        ({}, "shop-dev-other", False),
    ],
)
def test_an_alias_that_stayed_renames_no_database_back(
    settings: dict[str, Any], before: str, back: bool, replica: bool
) -> None:
    """The preview says so where AWS has the new name already."""
    guards: list[Any] = []

    def program() -> None:
        network = DatabaseNetwork("network", {"vpc_cidr": "10.0.0.0/16"})
        placed: Any = {"vpc_id": network.vpc_id, "subnet_ids": network.subnet_ids}
        aliased = pulumi.ResourceOptions(aliases=[pulumi.Alias(name="orders")])
        one: Any = {"instance_class": "db.t3.micro", "source_identifier": "x", "security_group_ids": []}
        if replica:
            ReadReplica("sales", {**one, **settings}, aliased)
        else:
            Database("sales", {**POSTGRES, **settings, "network": placed}, aliased)
        guards.append(hooks.deployment().hooks["dbstack-refuse-unsafe-update"].callback)

    with deploy(program, project="shop", stack="dev", preview=True) as deployment:
        assert deployment.one(INSTANCE).inputs["identifier"] == "shop-dev-orders"
    old, new = {"identifier": before}, {"identifier": "shop-dev-orders"}
    args = pulumi.ResourceHookArgs("urn", "id", "sales", INSTANCE, new_inputs=new, old_inputs=old)
    if back:
        words = "would be renamed back to shop-dev-orders.*set `identifier` to shop-dev-sales;.*take the alias out"
        with pytest.raises(ValueError, match=words):
            guards[0](args)
    else:
        guards[0](args)


def test_nothing_is_registered_by_an_invalid_description() -> None:
    def program() -> None:
        with pytest.raises(SpecError) as caught:
            Database("app", {**POSTGRES, "storage": {"allocated_gib": 1}, "network": {}})
        assert {fault.path for fault in caught.value.faults} == {
            "storage.allocated_gib",
            "network.vpc_id",
            "network.subnet_ids",
        }

    with deploy(program) as deployment:
        assert deployment.resources == []


def test_a_transform_reaches_its_child_alone() -> None:
    def monitor(properties: dict[str, Any], options: pulumi.ResourceOptions) -> None:
        properties["iam_database_authentication_enabled"] = True
        options.custom_timeouts = pulumi.CustomTimeouts(create="2h")

    with database(POSTGRES, transform={"instance": monitor}) as deployment:
        assert described(deployment)["IAMDatabaseAuthenticationEnabled"] is True
        assert deployment.one(INSTANCE).custom_timeouts["create"] == "2h"
        assert [item.name for item in deployment.resources if item.custom_timeouts] == ["app"]


def test_a_transform_of_no_child_is_refused() -> None:
    with pytest.raises(
        SpecError, match=r"transform\.instnce: no child has this role; the roles are .*instance"
    ):
        database(POSTGRES, transform={"instnce": lambda properties, options: None})


def test_components_work_alone() -> None:
    def program() -> dict[str, Any]:
        writer = DatabaseInstance(
            "orders",
            {
                "engine": "mysql",  # type: ignore[typeddict-item]
                "engine_version": "8.4",
                "instance_class": "db.t3.micro",
                "password": {"source": "generated"},  # type: ignore[typeddict-item]
                "subnet_group_name": "shared",
                "security_group_ids": [],
            },
        )
        replica = ReadReplica(
            "orders-copy",
            {
                "source_identifier": writer.identifier,
                "instance_class": "db.t3.small",
                "security_group_ids": [],
            },
        )
        return {"writer": writer.identifier, "replica": replica.identifier, "port": replica.port}

    with deploy(program, project="shop", stack="dev", preview=True) as deployment:
        assert deployment.one(INSTANCE, "orders").inputs["identifier"] == "shop-dev-orders"
        assert deployment.one(INSTANCE, "orders-copy").inputs["replicateSourceDb"] == "shop-dev-orders"
        assert deployment.one(INSTANCE, "orders-copy").inputs["instanceClass"] == "db.t3.small"

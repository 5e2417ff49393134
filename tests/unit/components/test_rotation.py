"""The master password's rotation: RDS's schedule, a function of the user's, or dbstack's own."""

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pulumi
import pytest
from tests.tls import authority, certificates
from tests.unit.components.cluster_programs import AURORA, CLUSTER, MULTI_AZ, deployed
from tests.unit.components.programs import INSTANCE, POSTGRES, database

from dbstack import Database, DatabaseInstance, DatabaseNetwork, DatabaseSubnetGroup, SpecError
from dbstack.aws import rotation
from dbstack.testing import Deployment, deploy

ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
FUNCTION = "aws:lambda/function:Function"
KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"


def rotated(password: dict[str, Any], **settings: Any) -> Deployment:
    return database({**POSTGRES, **settings, "password": password})


def secret(deployment: Deployment) -> dict[str, Any]:
    arn = deployment.outputs["secret_arn"]
    return deployment.client("secretsmanager").describe_secret(SecretId=arn)


def test_a_managed_password_has_the_schedule_that_was_asked_for() -> None:
    with rotated({}) as deployment:
        assert secret(deployment)["RotationRules"] == {"AutomaticallyAfterDays": 7}
        assert deployment.of_type(ROTATION) == []
    with rotated({"rotation": {"days": 60}}) as deployment:
        assert secret(deployment)["RotationRules"] == {"AutomaticallyAfterDays": 60}
        assert secret(deployment)["RotationEnabled"] is True
        schedule = deployment.one(ROTATION)
        # Nobody who reads the password now is locked out by the deployment.
        assert schedule.inputs["rotateImmediately"] is False
        # A schedule that is taken away stays: cancelled, the password would not be rotated any more.
        assert schedule.retain_on_delete is True
        assert deployment.of_type(FUNCTION) == []
        assert deployment.one(INSTANCE).ignore_changes == ("restoreToPointInTime", "s3Import")


def test_a_generated_password_has_a_function_beside_the_database() -> None:
    with rotated({"source": "generated", "rotation": {}, "kms_key_id": KEY}) as deployment:
        function = deployment.client("lambda").get_function(FunctionName=deployment.one(FUNCTION).id)[
            "Configuration"
        ]
        found = secret(deployment)
        assert found["RotationLambdaARN"] == function["FunctionArn"]
        assert found["RotationRules"] == {"AutomaticallyAfterDays": 30}
        assert (function["Runtime"], function["Handler"]) == ("python3.13", "dbstack_rotation.handler")
        assert function["Environment"]["Variables"] == {
            "DBSTACK_HOST": deployment.outputs["host"],
            "DBSTACK_PORT": "5432",
        }
        place = deployment.one(FUNCTION).inputs["vpcConfig"]
        assert len(place["subnetIds"]) == 2
        schedule = deployment.one(ROTATION)
        assert not schedule.retain_on_delete
        # Secrets Manager tries the function at once: without a value to test that fails.
        assert deployment.one(VERSION).urn in schedule.dependencies
        assert deployment.one("aws:lambda/permission:Permission").urn in schedule.dependencies
        logs = deployment.client("logs").describe_log_groups()["logGroups"]
        groups = {group["logGroupName"]: group.get("retentionInDays") for group in logs}
        assert groups[f"/aws/lambda/{function['FunctionName']}"] == 365


def test_the_function_may_rotate_its_secret_and_nothing_else() -> None:
    with rotated({"source": "generated", "rotation": {}, "kms_key_id": KEY}) as deployment:
        policies = {
            item.name: json.loads(item.inputs["policy"])["Statement"]
            for item in deployment.of_type("aws:iam/rolePolicy:RolePolicy")
        }
        own, logs, denied, key = policies["app-rotation-secret"]
        assert own["Resource"] == deployment.outputs["secret_arn"]
        assert all(action.startswith("secretsmanager:") and "*" not in action for action in own["Action"])
        assert logs["Resource"].endswith(":*")
        assert "/aws/lambda/" in logs["Resource"]
        assert (key["Resource"], key["Action"]) == (KEY, ["kms:Decrypt", "kms:GenerateDataKey"])
        # What Lambda needs for the network, the code itself is denied.
        (interfaces,) = policies["app-rotation-interfaces"]
        assert denied["Action"] == interfaces["Action"]
        assert denied["Effect"] == "Deny"
        function = deployment.one(FUNCTION)
        assert denied["Condition"] == {"ArnEquals": {"lambda:SourceFunctionArn": function.outputs["arn"]}}
        policy = json.loads(deployment.client("lambda").get_policy(FunctionName=function.id)["Policy"])
        (statement,) = policy["Statement"]
        assert statement["Principal"] == {"Service": "secretsmanager.amazonaws.com"}
        assert statement["Condition"]["StringEquals"] == {"AWS:SourceAccount": "123456789012"}


def test_the_function_reaches_the_database_and_secrets_manager() -> None:
    with rotated({"source": "generated", "rotation": {}}, port=5433) as deployment:
        (group,) = deployment.one(FUNCTION).inputs["vpcConfig"]["securityGroupIds"]
        theirs = deployment.outputs["security_group_id"]
        found = deployment.client("ec2").describe_security_group_rules()["SecurityGroupRules"]
        seen = {
            (rule["GroupId"], rule["IsEgress"], rule["FromPort"])
            for rule in found
            if group in (rule["GroupId"], rule.get("ReferencedGroupInfo", {}).get("GroupId"))
        }
        assert seen == {(group, True, 5433), (group, True, 443), (theirs, False, 5433)}


def test_pulumi_leaves_a_rotated_password_alone() -> None:
    with rotated({"source": "generated", "rotation": {}}) as deployment:
        assert deployment.one(INSTANCE).ignore_changes == ("password", "restoreToPointInTime", "s3Import")
        version = deployment.one(VERSION)
        assert version.ignore_changes == ("secretString", "versionStages")
        # A label of its own: the version is never purged, so that no refresh finds it gone and puts it back.
        assert set(version.inputs["versionStages"]) == {"AWSCURRENT", "dbstack-first"}
    with rotated({"source": "generated"}) as deployment:
        assert deployment.one(INSTANCE).ignore_changes == ("restoreToPointInTime", "s3Import")
        assert deployment.one(VERSION).ignore_changes == ()
        assert "versionStages" not in deployment.one(VERSION).inputs


def test_a_function_of_the_users() -> None:
    def program() -> dict[str, Any]:
        import pulumi_aws as aws

        role = aws.iam.Role("role", assume_role_policy="{}")
        archive = pulumi.AssetArchive({"x.py": pulumi.StringAsset("")})
        mine = aws.lambda_.Function("mine", role=role.arn, runtime="python3.13", handler="x.y", code=archive)
        network = DatabaseNetwork("network", {"vpc_cidr": "10.0.0.0/16"})
        args: Any = {
            **POSTGRES,
            "subnet_group_name": DatabaseSubnetGroup("g", {"subnet_ids": network.subnet_ids}).group_name,
            "security_group_ids": [network.application_security_group_id],
            "password": {"source": "generated", "rotation": {"days": 90, "function_arn": mine.arn}},
        }
        return {"secret_arn": DatabaseInstance("app", args).secret_arn, "function": mine.arn}

    with deploy(program) as deployment:
        assert secret(deployment)["RotationLambdaARN"] == deployment.outputs["function"]
        assert secret(deployment)["RotationRules"] == {"AutomaticallyAfterDays": 90}
        assert deployment.one(VERSION).urn in deployment.one(ROTATION).dependencies
        assert deployment.one(INSTANCE).ignore_changes == ("password",)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"password": {"source": "generated", "rotation": {}}}, "only a Database makes a rotation function"),
        ({"password": {"value": "sesame1234", "rotation": {}}}, "given password would be wrong"),
    ],
)
def test_an_instance_knows_no_subnets(settings: dict[str, Any], words: str) -> None:
    def program() -> None:
        args: Any = {**POSTGRES, "subnet_group_name": "mine", "security_group_ids": [], **settings}
        DatabaseInstance("app", args)

    with pytest.raises(SpecError, match=words):
        deploy(program)


@pytest.mark.parametrize(
    ("engine", "driver"), [("postgres", "pg8000"), ("mysql", "pymysql"), ("mariadb", "pymysql")]
)
def test_the_archive_is_the_handler_and_its_driver(engine: str, driver: str) -> None:
    files = rotation.archive(engine).assets
    assert f"{driver}/__init__.py" in files
    assert all(name.endswith((".py", ".dist-info/METADATA")) for name in files)
    assert not any(name.startswith("dbstack/") for name in files)
    source = Path(files["dbstack_rotation.py"].path).read_text()
    assert "def handler(event" in source
    assert "import dbstack" not in source
    assert "from dbstack" not in source
    assert ("pg8000/__init__.py" in files) is (engine == "postgres")


@pytest.mark.parametrize(("engine", "driver"), [("postgres", "pg8000.native"), ("mysql", "pymysql")])
def test_the_archive_stands_alone(engine: str, driver: str, tmp_path: Path) -> None:
    for name, asset in rotation.archive(engine).assets.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        text = asset.text if isinstance(asset, pulumi.StringAsset) else Path(asset.path).read_text()
        file.write_text(text)
    # Without this environment's packages, as in Lambda; the boto3 that Lambda brings isn't asked for on import.
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import importlib, importlib.metadata\n"
        "handler = importlib.import_module('dbstack_rotation').handler\n"
        "driver = importlib.import_module(sys.argv[2])\n"
        "assert driver.__file__.startswith(sys.argv[1]), driver.__file__\n"
        "print(callable(handler), *sorted(item.name for item in importlib.metadata.distributions()))\n"
    )
    command = [sys.executable, "-I", "-S", "-c", code, str(tmp_path), driver]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = {"postgres": "True asn1crypto pg8000 python-dateutil scramp six", "mysql": "True PyMySQL"}
    assert done.stdout.strip() == said[engine]


def test_a_missing_driver_is_said_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    original = importlib.util.find_spec
    monkeypatch.setattr(rotation, "find_spec", lambda name: None if name == "pg8000" else original(name))
    args: Any = {
        **POSTGRES,
        "network": {"vpc_id": "vpc-12345678", "subnet_ids": ["subnet-12345678", "subnet-87654321"]},
        "access": {"from_application": False},
        "password": {"source": "generated", "rotation": {}},
    }

    def program() -> None:
        with pytest.raises(SpecError, match=r"pg8000.*`pip install 'dbstack\[rotation\]'"):
            Database("app", args)

    with deploy(program) as deployment:
        # Not even the component itself: nothing stands half-made.
        assert [item for item in deployment.resources if item.type != "pulumi:pulumi:Stack"] == []


def test_authorities_of_the_users_are_packed_with_the_function(tmp_path: Path) -> None:
    file = tmp_path / "global-bundle.pem"
    authority(file)
    with rotated({"source": "generated", "rotation": {"ca_bundle": str(file)}}) as deployment:
        assets = deployment.one(FUNCTION).inputs["code"].fields["assets"]
        assert assets["dbstack_ca.pem"].fields["path"] == str(file)
        assert secret(deployment)["RotationEnabled"] is True
    assert "dbstack_ca.pem" not in rotation.archive("postgres").assets


def test_two_archives_of_one_environment_are_equal() -> None:
    def content() -> dict[str, bytes]:
        return {
            name: asset.text.encode()
            if isinstance(asset, pulumi.StringAsset)
            else Path(asset.path).read_bytes()
            for name, asset in rotation.archive("postgres").assets.items()
        }

    first = content()
    assert first == content()
    # Nothing that was compiled, here or for one kind of machine.
    assert not [name for name in first if name.endswith((".pyc", ".so")) or "__pycache__" in name]


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (lambda file: None, "No such file"),
        (lambda file: file.write_text("hello"), "holds no certificates"),
        (lambda file: file.write_bytes(b"\xff\xfe"), "is no PEM file"),
        (lambda file: authority(file, days=-1), "all its authorities have expired"),
        (
            lambda file: shutil.copy(certificates(file.parent).certificate, file),
            "holds no certificate authority",
        ),
        (
            lambda file: file.write_text(
                "".join(
                    path.read_text()
                    for path in (certificates(file.parent).authority, file.parent / "server.key")
                )
            ),
            "holds a private key",
        ),
    ],
)
def test_a_file_that_names_no_authorities(tmp_path: Path, write: Any, words: str) -> None:
    file = tmp_path / "bundle.pem"
    write(file)
    args: Any = {
        **POSTGRES,
        "network": {"vpc_id": "vpc-12345678", "subnet_ids": ["subnet-12345678", "subnet-87654321"]},
        "access": {"from_application": False},
        "password": {"source": "generated", "rotation": {"ca_bundle": str(file)}},
    }

    def program() -> None:
        with pytest.raises(SpecError, match=rf"password\.rotation\.ca_bundle.*bundle\.pem: {words}"):
            Database("app", args)

    with deploy(program) as deployment:
        assert [item for item in deployment.resources if item.type != "pulumi:pulumi:Stack"] == []


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ({"rotation": {"ca_bundle": "x.pem"}}, "not for a managed password, which RDS rotates: leave it out"),
        (
            {
                "source": "generated",
                "rotation": {
                    "ca_bundle": "x.pem",
                    "function_arn": "arn:aws:lambda:us-east-1:123456789012:function:mine",
                },
            },
            "not for function_arn: leave it out",
        ),
    ],
)
def test_authorities_for_a_function_that_is_not_made(password: dict[str, Any], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        rotated(password)


@pytest.mark.parametrize("settings", [AURORA, MULTI_AZ], ids=["aurora", "multi-az"])
def test_a_clusters_managed_password_has_the_schedule_that_was_asked_for(settings: dict[str, Any]) -> None:
    with deployed({**settings, "password": {"rotation": {"days": 60}}}) as deployment:
        assert secret(deployment)["RotationRules"] == {"AutomaticallyAfterDays": 60}
        assert deployment.one(ROTATION).retain_on_delete is True
        assert deployment.one(ROTATION).inputs["rotateImmediately"] is False
        assert "masterPassword" not in deployment.one(CLUSTER).ignore_changes


def test_a_clusters_generated_password_is_rotated_by_a_function_of_the_users() -> None:
    made: dict[str, Any] = {}

    def before(placement: dict[str, Any]) -> dict[str, Any]:
        import pulumi_aws as aws

        role = aws.iam.Role("role", assume_role_policy="{}")
        archive = pulumi.AssetArchive({"x.py": pulumi.StringAsset("")})
        made["f"] = aws.lambda_.Function(
            "mine", role=role.arn, runtime="python3.13", handler="x.y", code=archive
        )
        return {"password": {"source": "generated", "rotation": {"days": 90, "function_arn": made["f"].arn}}}

    with deployed(AURORA, before=before) as deployment:
        found = secret(deployment)
        assert found["RotationLambdaARN"] == deployment.one(FUNCTION).outputs["arn"]
        assert found["RotationRules"] == {"AutomaticallyAfterDays": 90}
        # Nothing puts the first password back.
        assert "masterPassword" in deployment.one(CLUSTER).ignore_changes
        version = deployment.one(VERSION)
        assert version.ignore_changes == ("secretString", "versionStages")
        assert set(version.inputs["versionStages"]) == {"AWSCURRENT", "dbstack-first"}
        assert version.urn in deployment.one(ROTATION).dependencies

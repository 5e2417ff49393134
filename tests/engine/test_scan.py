"""An independent scanner on the deployed prod stack finds what policy/exceptions.yaml lists, and nothing else.

Controls that no scanner judges (tags, full log sets, subnets, ...) are read back with boto3.
"""

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest
import yaml
from tests.engine.project import ROOT, Project
from tests.scanner import scanner

pytestmark = pytest.mark.engine

SERVICES = ("rds", "vpc", "ec2", "kms", "secretsmanager", "cloudwatch", "backup", "sns", "awslambda")
APP = "dbstack-prod-app"
SNAPSHOT = "before-the-scan"
# One subscription that passes is enough; the scanner also fails each that is of another source.
SUBSCRIBED = {
    "rds_instance_critical_event_subscription",
    "rds_instance_event_subscription_parameter_groups",
    "rds_instance_event_subscription_security_groups",
}
# That these pass for the database shows that the scanner saw it.
JUDGED = {
    "rds_instance_backup_enabled",
    "rds_instance_certificate_expiration",
    "rds_instance_copy_tags_to_snapshots",
    "rds_instance_default_admin",
    "rds_instance_deletion_protection",
    "rds_instance_deprecated_engine_version",
    "rds_instance_enhanced_monitoring_enabled",
    "rds_instance_iam_authentication_enabled",
    "rds_instance_inside_vpc",
    "rds_instance_integration_cloudwatch_logs",
    "rds_instance_minor_version_upgrade_enabled",
    "rds_instance_multi_az",
    "rds_instance_no_public_access",
    "rds_instance_protected_by_backup_plan",
    "rds_instance_storage_encrypted",
    "rds_instance_transport_encrypted",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project.copy(tmp_path_factory.mktemp("scan") / "shop")
    project.up("prod").ok()
    yield project
    project.stop()


@pytest.fixture(scope="module")
def findings(project: Project) -> list[dict[str, Any]]:
    _delete_default_network(project)
    _read_secrets(project)
    project.client("rds").create_db_snapshot(DBSnapshotIdentifier=SNAPSHOT, DBInstanceIdentifier=APP)
    program, out = scanner(), project.folder / "out"
    assert program is not None
    out.mkdir()
    done = project.dbstack(
        *("sandbox", "run", "--", str(program), "aws", "--service", *SERVICES, "--region", "us-east-1"),
        *("--output-formats", "json-ocsf", "--output-directory", str(out), "--output-filename", "scan"),
        *(
            "--log-level",
            "ERROR",
            "--log-file",
            str(out / "errors.log"),
            "--no-banner",
            "--ignore-exit-code-3",
        ),
        timeout=400,
    )
    assert done.code == 0, done.text
    return json.loads((out / "scan.ocsf.json").read_text())


def _delete_default_network(project: Project) -> None:
    """The default VPC that every account begins with is no database's: careful owners delete it."""
    ec2 = project.client("ec2")
    for vpc in ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]:
        within = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
        for subnet in ec2.describe_subnets(Filters=within)["Subnets"]:
            ec2.delete_subnet(SubnetId=subnet["SubnetId"])
        ec2.delete_vpc(VpcId=vpc["VpcId"])


def _read_secrets(project: Project) -> None:
    """As applications do: a secret that nobody has ever read counts as unused."""
    secrets = project.client("secretsmanager")
    for secret in secrets.list_secrets()["SecretList"]:
        secrets.get_secret_value(SecretId=secret["ARN"])


def _exceptions(part: str) -> list[str]:
    listed = yaml.safe_load((ROOT / "policy/exceptions.yaml").read_text())
    return [check for entry in listed[part] for check in entry["checks"]]


def _passed(findings: list[dict[str, Any]]) -> set[str]:
    return {item["metadata"]["event_code"] for item in findings if item["status_code"] == "PASS"}


@pytest.mark.scanner
def test_the_scanner_finds_nothing_but_the_exceptions(findings: list[dict[str, Any]]) -> None:
    failed: dict[str, list[str]] = {}
    for item in findings:
        if item["status_code"] == "FAIL":
            failed.setdefault(item["metadata"]["event_code"], []).append(item["status_detail"])
    for name in SUBSCRIBED & _passed(findings):
        failed.pop(name, None)
    account, exceptions = _exceptions("account"), _exceptions("exceptions")
    ours = {name for name in failed if not any(fnmatchcase(name, pattern) for pattern in account)}
    unexpected = ours - set(exceptions)
    assert {name: failed[name] for name in unexpected} == {}
    assert set(exceptions) - ours == set(), "these exceptions are no longer needed: take them out"


@pytest.mark.scanner
def test_the_scanner_saw_the_database(findings: list[dict[str, Any]]) -> None:
    passed = {
        item["metadata"]["event_code"]
        for item in findings
        if item["status_code"] == "PASS" and item["resources"][0]["uid"].endswith(f":db:{APP}")
    }
    assert JUDGED - passed == set()
    assert SUBSCRIBED - _passed(findings) == set()
    snapshots = {
        item["metadata"]["event_code"]
        for item in findings
        if item["status_code"] == "PASS" and item["resources"][0]["uid"].endswith(f":snapshot:{SNAPSHOT}")
    }
    assert snapshots == {"rds_snapshots_encrypted", "rds_snapshots_public_access"}


@pytest.mark.scanner
def test_the_sandbox_answers_what_the_scanner_asks_of_databases(
    project: Project, findings: list[dict[str, Any]]
) -> None:
    log = (project.folder / "out/errors.log").read_text()
    ours = re.compile(
        r'^.*"filename": "(?:rds|kms|secretsmanager|backup|vpc|cloudwatch|logs|sns)_.*$',
        re.MULTILINE,
    )
    assert ours.findall(log) == []


# What no scanner judges, or only weakly.


def instances(project: Project) -> list[dict[str, Any]]:
    found = project.client("rds").describe_db_instances()["DBInstances"]
    assert {item["DBInstanceIdentifier"] for item in found} == {APP, f"{APP}-reporting", f"{APP}-analytics"}
    return found


def keys(tags: list[dict[str, str]]) -> set[str]:
    return {tag["Key"] for tag in tags}


def test_rds_2_no_public_address_and_no_public_name(project: Project) -> None:
    for item in instances(project):
        assert item["PubliclyAccessible"] is False


def test_rds_9_36_every_log_of_the_engine(project: Project) -> None:
    logs = project.client("logs")
    for item in instances(project):
        assert set(item["EnabledCloudwatchLogsExports"]) >= {"postgresql", "upgrade"}
        for log in item["EnabledCloudwatchLogsExports"]:
            name = f"/aws/rds/instance/{item['DBInstanceIdentifier']}/{log}"
            [group] = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
            assert group["retentionInDays"] >= 365  # CloudWatch.16


def test_rds_6_enhanced_monitoring(project: Project) -> None:
    for item in instances(project):
        assert item["MonitoringInterval"] in (1, 5, 10, 15, 30, 60)
        assert item["MonitoringRoleArn"]


def test_rds_11_backups_of_a_week(project: Project) -> None:
    [source] = [item for item in instances(project) if "ReadReplicaSourceDBInstanceIdentifier" not in item]
    assert 7 <= source["BackupRetentionPeriod"] <= 35


def test_rds_30_33_tags(project: Project) -> None:
    rds = project.client("rds")
    for item in instances(project):
        assert keys(item["TagList"]) >= {"Name", "Environment"}
    for group in rds.describe_db_subnet_groups()["DBSubnetGroups"]:
        tags = rds.list_tags_for_resource(ResourceName=group["DBSubnetGroupArn"])["TagList"]
        assert keys(tags) >= {"Environment"}


def test_rds_32_a_snapshot_has_the_tags_of_its_instance(project: Project) -> None:
    rds = project.client("rds")
    made = rds.create_db_snapshot(DBSnapshotIdentifier="tagged", DBInstanceIdentifier=APP)["DBSnapshot"]
    assert keys(made["TagList"]) >= {"Name", "Environment"}
    assert made["Encrypted"] is True


def test_rds_46_no_way_from_the_subnets_to_the_internet(project: Project) -> None:
    ec2 = project.client("ec2")
    tables = ec2.describe_route_tables()["RouteTables"]
    for item in instances(project):
        for subnet in item["DBSubnetGroup"]["Subnets"]:
            id = subnet["SubnetIdentifier"]
            own = [
                table
                for table in tables
                if any(link.get("SubnetId") == id for link in table.get("Associations", []))
            ]
            assert own, id
            for route in own[0]["Routes"]:
                assert not str(route.get("GatewayId", "")).startswith("igw-")
                assert route.get("DestinationCidrBlock") != "0.0.0.0/0"


def test_ec2_18_nobody_is_let_in_from_everywhere_on_any_port(project: Project) -> None:
    ec2 = project.client("ec2")
    groups = {
        group["VpcSecurityGroupId"] for item in instances(project) for group in item["VpcSecurityGroups"]
    }
    for group in ec2.describe_security_groups(GroupIds=sorted(groups))["SecurityGroups"]:
        assert group["IpPermissions"]
        for rule in group["IpPermissions"]:
            blocks = [block["CidrIp"] for block in rule["IpRanges"]]
            blocks += [block["CidrIpv6"] for block in rule["Ipv6Ranges"]]
            assert not {"0.0.0.0/0", "::/0"} & set(blocks)

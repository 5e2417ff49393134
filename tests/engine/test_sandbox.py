"""The background process: started, killed, stopped, wiped, and what a command in the sandbox gets to see."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from tests.engine.consumer import consumer, nothing_is_left_behind
from tests.engine.project import DBSTACK, Project

pytestmark = pytest.mark.engine

TWO_REGIONS = """
    import pulumi
    import pulumi_aws as aws
    import pulumi_random as random

    west = aws.Provider("west", region="eu-west-1")
    suffix = random.RandomId("suffix", byte_length=4)
    aws.secretsmanager.Secret("here", name="here")
    opts = pulumi.ResourceOptions(provider=west)
    aws.secretsmanager.Secret("there", name=suffix.hex.apply("there-{}".format), opts=opts)
    pulumi.export("here", aws.get_region().region)
    pulumi.export("there", aws.get_region(opts=pulumi.InvokeOptions(provider=west)).region)
    pulumi.export("suffix", suffix.hex)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = consumer(tmp_path_factory.mktemp("sandbox") / "consumer", TWO_REGIONS)
    yield project
    project.stop()


def status(project: Project) -> dict[str, Any]:
    return json.loads(project.dbstack("sandbox", "status", "--json").out)


def test_a_command_keeps_its_exit_code_and_sees_nothing_real(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "AWS_PROFILE",
        "AWS_SESSION_TOKEN",
        "AWS_ROLE_ARN",
        "PULUMI_ACCESS_TOKEN",
        "AWS_ENDPOINT_URL_RDS",
    ):
        monkeypatch.setenv(name, "real")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    code = "import json, os, sys; print(json.dumps(dict(os.environ))); sys.exit(7)"
    done = project.dbstack("sandbox", "run", "--", sys.executable, "-c", code)
    assert done.code == 7
    seen = json.loads(done.out)
    assert "real" not in seen.values()
    assert seen["AWS_REGION"] == seen["AWS_DEFAULT_REGION"] == "eu-central-1"
    assert seen["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    assert seen["PULUMI_BACKEND_URL"] == f"file://{project.state}/backend"
    assert seen["PATH"].split(":")[0] == f"{project.state}/bin"


def test_an_unknown_command_is_one_sentence(project: Project) -> None:
    done = project.dbstack("sandbox", "run", "--", "there-is-no-such-command")
    assert (done.code, done.err) == (1, "error: there is no command 'there-is-no-such-command' on PATH\n")


def test_signals_reach_the_command(project: Project) -> None:
    process = subprocess.Popen(
        [DBSTACK, "sandbox", "run", "--", "sh", "-c", "echo ready; exec sleep 60"],
        cwd=project.folder,
        env=os.environ | {"DBSTACK_SANDBOX_DIR": str(project.state)},
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == -signal.SIGTERM


def test_two_regions_side_by_side(project: Project) -> None:
    project.up("dev").ok()
    outputs = project.outputs("dev")
    assert (outputs["here"], outputs["there"]) == ("us-east-1", "eu-west-1")
    names = [
        [secret["Name"] for secret in project.client("secretsmanager", region).list_secrets()["SecretList"]]
        for region in ("us-east-1", "eu-west-1")
    ]
    assert names == [["here"], [f"there-{outputs['suffix']}"]]
    project.preview_shows_no_change("dev")
    nothing_is_left_behind(project)


def test_a_killed_process_comes_back_with_everything(project: Project) -> None:
    project.up("dev").ok()
    ec2 = project.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    before = [ec2.describe_vpcs()["Vpcs"], ec2.describe_subnets()["Subnets"], secret_arns(project)]
    assert vpc in [item["VpcId"] for item in before[0]]
    first = status(project)
    os.kill(first["pid"], signal.SIGKILL)
    assert project.dbstack("sandbox", "status").code in (0, 1)  # It may still be dying.
    project.dbstack("sandbox", "start").ok()
    second = status(project)
    assert second["pid"] != first["pid"]
    assert second["endpoint"] == first["endpoint"]
    assert [ec2.describe_vpcs()["Vpcs"], ec2.describe_subnets()["Subnets"], secret_arns(project)] == before
    project.preview_shows_no_change("dev")
    ec2.delete_vpc(VpcId=vpc)


def secret_arns(project: Project) -> list[str]:
    listed = project.client("secretsmanager").list_secrets()["SecretList"]
    return sorted(secret["ARN"] for secret in listed)


def test_stopped_and_started_it_is_the_same(project: Project) -> None:
    project.up("dev").ok()
    assert "has stopped" in project.dbstack("sandbox", "stop").ok().out
    assert project.dbstack("sandbox", "status").code == 1
    assert "was not running" in project.dbstack("sandbox", "stop").ok().out
    project.preview_shows_no_change("dev")


def test_several_starts_make_one_process(project: Project) -> None:
    project.dbstack("sandbox", "stop").ok()
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: project.dbstack("sandbox", "start").ok(), range(4)))
    assert len({item.out for item in done}) == 1


def test_it_listens_on_this_machine_only(project: Project) -> None:
    project.dbstack("sandbox", "start").ok()
    pid = status(project)["pid"]
    sockets = {os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir() if link.exists()}
    inodes = {item[8:-1] for item in sockets if item.startswith("socket:[")} | socket_inodes(pid)
    listening: list[str] = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A" and words[9] in inodes:
                listening.append(words[1].partition(":")[0])
    assert len(listening) >= 2
    assert set(listening) == {"0100007F"}


def socket_inodes(pid: int) -> set[str]:
    found: set[str] = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(link)
        except OSError:
            continue
        if target.startswith("socket:["):
            found.add(target[8:-1])
    return found


def test_only_who_knows_the_token_is_served(project: Project) -> None:
    project.dbstack("sandbox", "start").ok()
    control = project.state / "control.json"
    assert oct(control.stat().st_mode)[-3:] == "600"
    address = json.loads(control.read_text())
    for token in ("", "x" * 64):
        with socket.create_connection(("127.0.0.1", address["port"])) as connection:
            request = {"token": token, "operation": "provider", "package": "aws"}
            connection.sendall(json.dumps(request).encode() + b"\n")
            assert "wrong token" in json.loads(connection.makefile().readline())["error"]
    done = project.dbstack("sandbox", "status")
    assert address["token"] not in done.text
    assert address["token"] not in (project.state / "sandbox.log").read_text()


def test_reset_wipes_aws_and_pulumi_together(project: Project) -> None:
    project.up("dev").ok()
    project.dbstack("sandbox", "reset").ok()
    assert project.client("secretsmanager").list_secrets()["SecretList"] == []
    assert project.pulumi("stack", "ls", "--json").ok().out.strip() == "[]"
    done = project.up("dev").ok()
    assert "created" in done.text


def test_a_deleted_state_folder_ends_the_process(tmp_path: Path) -> None:
    other = consumer(tmp_path / "other", "")
    other.dbstack("sandbox", "start").ok()
    pid = status(other)["pid"]
    shutil.rmtree(other.state)
    deadline = time.monotonic() + 15
    while Path(f"/proc/{pid}/exe").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not Path(f"/proc/{pid}/exe").exists()


def test_outside_a_project_the_way_out_is_said(tmp_path: Path) -> None:
    done = subprocess.run(
        [DBSTACK, "sandbox", "start"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "there is no Pulumi.yaml in this folder or above it" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_damaged_journal_is_said(tmp_path: Path) -> None:
    other = consumer(tmp_path / "other", "")
    other.client("ec2").create_vpc(CidrBlock="10.1.0.0/16")
    other.stop()
    journal = other.state / "aws.journal"
    content = bytearray(journal.read_bytes())
    content[40] ^= 1
    journal.write_bytes(bytes(content))
    done = other.dbstack("sandbox", "start")
    assert done.code == 1
    assert "damaged at record 1" in done.err
    assert "dbstack sandbox reset" in done.err
    assert "Traceback" not in done.err
    other.dbstack("sandbox", "reset").ok()
    other.dbstack("sandbox", "start").ok()
    other.stop()


def everything(project: Project) -> dict[str, Any]:
    """What AWS clients read."""
    endpoint = status(project)["endpoint"]
    ec2, rds, secrets, kms = (
        boto3.client(name, endpoint_url=endpoint) for name in ("ec2", "rds", "secretsmanager", "kms")
    )
    listed = secrets.list_secrets()["SecretList"]
    seen = {
        "vpcs": ec2.describe_vpcs()["Vpcs"],
        "subnets": ec2.describe_subnets()["Subnets"],
        "groups": ec2.describe_security_groups()["SecurityGroups"],
        "rules": ec2.describe_security_group_rules()["SecurityGroupRules"],
        "routes": ec2.describe_route_tables()["RouteTables"],
        "instances": rds.describe_db_instances()["DBInstances"],
        "subnet groups": rds.describe_db_subnet_groups()["DBSubnetGroups"],
        "values": [secrets.get_secret_value(SecretId=item["ARN"])["SecretString"] for item in listed],
        "keys": [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]],
        "secrets": [{**item, "LastAccessedDate": None} for item in listed],
    }
    for instance in seen["instances"]:
        instance.pop("LatestRestorableTime", None)  # Now.
    return json.loads(json.dumps(seen, default=str, sort_keys=True))


def test_a_long_journal_starts_from_a_snapshot_that_holds_the_same(tmp_path: Path) -> None:
    other = Project.copy(tmp_path / "shop")
    other.up("prod").ok()
    other.client("kms").create_key(KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")
    ec2 = other.client("ec2")
    for _ in range(90):
        ec2.delete_vpc(VpcId=ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"])
    before = everything(other)
    for journal_is_played in (True, False):
        os.kill(status(other)["pid"], signal.SIGKILL)
        other.dbstack("sandbox", "start").ok()
        assert everything(other) == before
        log = (other.state / "sandbox.log").read_text().splitlines()
        last = next(line for line in reversed(log) if "replayed" in line)
        assert ("replayed 0 requests" not in last) is journal_is_played
    assert (other.state / "aws.snapshot").exists()
    other.preview_shows_no_change("prod")
    secret = before["values"][0]
    assert secret.encode() not in (other.state / "aws.snapshot").read_bytes()
    (other.state / "aws.snapshot").write_bytes(b"damaged")
    other.dbstack("sandbox", "stop").ok()
    other.dbstack("sandbox", "start").ok()
    assert everything(other) == before
    other.stop()

"""Automated backups in another region, and a database restored from them there."""

from typing import Any

import pulumi
import pulumi_aws as aws
from tests.unit.components.programs import POSTGRES

from dbstack import Database, DatabaseInstanceFromPointInTime, DatabaseNetwork
from dbstack.testing import Deployment, deploy

AWAY = "eu-central-1"
REPLICATION = "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication"


def copied(**backup: Any) -> Deployment:
    """A `Database` with `backup`; its copies get a key in `AWAY`."""

    def program() -> dict[str, Any]:
        network = DatabaseNetwork("network", {"vpc_cidr": "10.0.0.0/16"})
        copies = {"region": AWAY, "kms_key_id": aws.kms.Key("away", region=AWAY).arn}
        cross = {**copies, **backup.pop("cross_region", {})}
        placement = {
            "vpc_id": network.vpc_id,
            "subnet_ids": [network.subnet_ids[0], network.subnet_ids[1]],
        }
        made = Database(
            "app", {**POSTGRES, "network": placement, "backup": {**backup, "cross_region": cross}}
        )
        return {"arn": made.arn, "resource_id": made.resource_id}

    return deploy(program, project="shop", stack="dev")


def copies_in(deployment: Deployment, region: str) -> list[dict[str, Any]]:
    found = deployment.client("rds", region).describe_db_instance_automated_backups()
    return [item for item in found["DBInstanceAutomatedBackups"] if item["Status"] == "replicating"]


def test_backups_are_copied_with_the_key_and_the_days_of_the_other_region() -> None:
    with copied(retention_days=9, cross_region={"retention_days": 3}) as deployment:
        [copy] = copies_in(deployment, AWAY)
        assert (copy["DBInstanceArn"], copy["Region"]) == (deployment.outputs["arn"], "us-east-1")
        assert copy["BackupRetentionPeriod"] == 3
        assert copy["KmsKeyId"].startswith(f"arn:aws:kms:{AWAY}:")
        replication = deployment.one(REPLICATION)
        assert replication.name == f"app-backups-{AWAY}"
        # RDS refuses a second replication of one instance to one region.
        assert replication.delete_before_replace is True


def test_the_days_are_the_databases_unless_given() -> None:
    with copied(retention_days=9) as deployment:
        assert copies_in(deployment, AWAY)[0]["BackupRetentionPeriod"] == 9


def test_a_database_is_restored_in_the_other_region() -> None:
    def program() -> dict[str, Any]:
        vpc = aws.ec2.Vpc("away", cidr_block="10.9.0.0/16", region=AWAY)
        subnets = [
            aws.ec2.Subnet(
                zone,
                vpc_id=vpc.id,
                cidr_block=f"10.9.{index}.0/24",
                availability_zone=f"{AWAY}{zone}",
                region=AWAY,
            )
            for index, zone in enumerate("ab")
        ]
        provider = aws.Provider("away", region=AWAY)
        group = aws.rds.SubnetGroup("away", subnet_ids=[subnet.id for subnet in subnets], region=AWAY)
        firewall = aws.ec2.SecurityGroup("away", vpc_id=vpc.id, region=AWAY)
        key = aws.kms.Key("away", region=AWAY)
        source = aws.rds.Instance(
            "source",
            identifier="source",
            engine="postgres",
            engine_version="17",
            instance_class="db.t3.micro",
            allocated_storage=20,
            db_name="shop",
            username="owner",
            password="sesame1234",
            storage_encrypted=True,
            backup_retention_period=1,
            skip_final_snapshot=True,
        )
        copies = aws.rds.InstanceAutomatedBackupsReplication(
            "copies", source_db_instance_arn=source.arn, kms_key_id=key.arn, region=AWAY
        )
        new = DatabaseInstanceFromPointInTime(
            "new",
            {
                **POSTGRES,
                "subnet_group_name": group.name,
                "security_group_ids": [firewall.id],
                "restore": {"source_automated_backups_arn": copies.id, "use_latest_restorable_time": True},
            },
            pulumi.ResourceOptions(providers=[provider]),
        )
        return {"username": new.username, "key": key.arn}

    with deploy(program, project="shop", stack="dev") as deployment:
        found = deployment.client("rds", AWAY).describe_db_instances(DBInstanceIdentifier="shop-dev-new")
        made = found["DBInstances"][0]
        assert (made["KmsKeyId"], made["DBName"]) == (deployment.outputs["key"], "shop")
        assert deployment.outputs["username"] == "owner"
        secrets = deployment.client("secretsmanager", AWAY).list_secrets()["SecretList"]
        assert [item["Name"].startswith("shop-dev-new-master-") for item in secrets] == [True]

"""Read replicas elsewhere than beside their database: in another region, behind another replica, promoted."""

from typing import Any

import pulumi_aws as aws
import pytest
from tests.unit.components.programs import INSTANCE, POSTGRES, described

from dbstack import Database, DatabaseNetwork, ReadReplica, SpecError
from dbstack.testing import Deployment, deploy

AWAY = "eu-central-1"
SUBNET_GROUP = "aws:rds/subnetGroup:SubnetGroup"
GROUP = "aws:ec2/securityGroup:SecurityGroup"


def elsewhere(replicas: dict[str, Any], settings: dict[str, Any] | None = None) -> Deployment:
    """A `Database` and a network in another region; `AWAY` as a region gets that network and a key of it."""

    def program() -> dict[str, Any]:
        network = DatabaseNetwork("network", {"vpc_cidr": "10.0.0.0/16"})
        vpc = aws.ec2.Vpc("away", cidr_block="10.9.0.0/16", region=AWAY)
        subnets = [
            aws.ec2.Subnet(
                f"away-{zone}",
                vpc_id=vpc.id,
                cidr_block=f"10.9.{index}.0/24",
                availability_zone=f"{AWAY}{zone}",
                region=AWAY,
            )
            for index, zone in enumerate("ab")
        ]
        application = aws.ec2.SecurityGroup("away-app", vpc_id=vpc.id, region=AWAY)
        key = aws.kms.Key("away", region=AWAY)
        given: dict[str, Any] = {}
        for name, record in replicas.items():
            given[name] = dict(record)
            if record.get("region") == AWAY and "source" not in record:
                given[name] |= {
                    "kms_key_id": key.arn,
                    "network": {
                        "vpc_id": vpc.id,
                        "subnet_ids": [subnet.id for subnet in subnets],
                        "application_security_group_id": application.id,
                    },
                }
        made = Database(
            "app",
            {
                **POSTGRES,
                "network": {
                    "vpc_id": network.vpc_id,
                    "subnet_ids": [network.subnet_ids[0], network.subnet_ids[1]],
                    "application_security_group_id": network.application_security_group_id,
                },
                **(settings or {}),
                "replicas": given,
            },
        )
        return {"replicas": made.replicas, "vpc": vpc.id, "key": key.arn, "application": application.id}

    return deploy(program, project="shop", stack="dev")


def replica(deployment: Deployment, key: str, region: str | None = None) -> dict[str, Any]:
    found = deployment.client("rds", region).describe_db_instances(DBInstanceIdentifier=f"shop-dev-app-{key}")
    return found["DBInstances"][0]


def test_a_replica_in_another_region_has_its_own_network_and_key() -> None:
    with elsewhere({"dr": {"region": AWAY}}, {"access": {"from_cidrs": ["10.0.0.0/8"]}}) as deployment:
        writer, away = described(deployment), replica(deployment, "dr", AWAY)
        assert away["ReadReplicaSourceDBInstanceIdentifier"] == writer["DBInstanceArn"]
        assert away["KmsKeyId"] == deployment.outputs["key"]
        assert away["AvailabilityZone"].startswith(AWAY)
        assert away["DBSubnetGroup"]["VpcId"] == deployment.outputs["vpc"]
        assert away["DBSubnetGroup"]["DBSubnetGroupName"] == "shop-dev-app-dr"
        assert away["Endpoint"]["Address"] == deployment.outputs["replicas"]["dr"]
        group = away["VpcSecurityGroups"][0]["VpcSecurityGroupId"]
        rules = deployment.client("ec2", AWAY).describe_security_group_rules(
            Filters=[{"Name": "group-id", "Values": [group]}]
        )["SecurityGroupRules"]
        ingress = [rule for rule in rules if not rule["IsEgress"]]
        assert {rule["FromPort"] for rule in ingress} == {5432}
        assert {rule.get("CidrIpv4") for rule in ingress} == {None, "10.0.0.0/8"}
        assert deployment.outputs["application"] in {
            rule.get("ReferencedGroupInfo", {}).get("GroupId") for rule in ingress
        }
        # Within one region neither is given, or the provider refuses the identifier as a source.
        assert writer["ReadReplicaDBInstanceIdentifiers"] == [away["DBInstanceArn"]]


def test_a_cascade_feeds_each_replica_from_the_one_before() -> None:
    chain = {"third": {"source": "second"}, "second": {"source": "first"}, "first": {}}
    with elsewhere(chain, {"backup": {"retention_days": 5}}) as deployment:
        first, second, third = (replica(deployment, key) for key in ("first", "second", "third"))
        sources = [found["ReadReplicaSourceDBInstanceIdentifier"] for found in (first, second, third)]
        assert sources == ["shop-dev-app", "shop-dev-app-first", "shop-dev-app-second"]
        # RDS makes no replica of an instance without backups; the last one feeds nobody.
        assert [found["BackupRetentionPeriod"] for found in (first, second, third)] == [5, 5, 0]
        assert set(deployment.outputs["replicas"]) == {"first", "second", "third"}


def test_a_cascade_in_another_region_goes_on_by_identifier_in_the_network_of_its_source() -> None:
    with elsewhere({"dr": {"region": AWAY}, "reports": {"source": "dr"}}) as deployment:
        dr, reports = replica(deployment, "dr", AWAY), replica(deployment, "reports", AWAY)
        assert reports["ReadReplicaSourceDBInstanceIdentifier"] == "shop-dev-app-dr"
        assert reports["VpcSecurityGroups"] == dr["VpcSecurityGroups"]
        assert reports["DBSubnetGroup"]["DBSubnetGroupName"] == "shop-dev-app-dr"
        assert reports["KmsKeyId"] == dr["KmsKeyId"]
        inputs = deployment.one(INSTANCE, "app-reports").inputs
        assert inputs["region"] == AWAY
        assert not {"dbSubnetGroupName", "kmsKeyId"} & inputs.keys()


def test_a_replica_may_differ_from_its_source() -> None:
    own = {
        "instance_class": "db.r6g.large",
        "availability_zone": "us-east-1b",
        "port": 6000,
        "storage": {"type": "io2", "iops": 4000, "max_allocated_gib": 900},
        "on_delete": "destroy",
        "backup": {"retention_days": 2, "window": "01:00-02:00"},
    }
    with elsewhere({"r": own}, {"storage": {"allocated_gib": 400, "iops": 12000}}) as deployment:
        found = replica(deployment, "r")
        assert found["DBInstanceClass"] == "db.r6g.large"
        assert found["AvailabilityZone"] == "us-east-1b"
        assert found["Endpoint"]["Port"] == 6000
        assert (found["StorageType"], found["Iops"], found["MaxAllocatedStorage"]) == ("io2", 4000, 900)
        assert found["DeletionProtection"] is False
        assert (found["BackupRetentionPeriod"], found["PreferredBackupWindow"]) == (2, "01:00-02:00")
        # Another port needs a group of its own: the database's lets nobody in there.
        group = found["VpcSecurityGroups"][0]["VpcSecurityGroupId"]
        assert group != described(deployment)["VpcSecurityGroups"][0]["VpcSecurityGroupId"]
        rules = deployment.client("ec2").describe_security_group_rules(
            Filters=[{"Name": "group-id", "Values": [group]}]
        )["SecurityGroupRules"]
        assert {rule["FromPort"] for rule in rules if not rule["IsEgress"]} == {6000}


def test_a_replica_is_given_nothing_that_rds_or_the_provider_refuses() -> None:
    """SST passes user, database and subnet group, mitodl a final snapshot's id: each fails at create or at destroy."""
    with elsewhere({"r": {}, "dr": {"region": AWAY}, "next": {"source": "r"}}) as deployment:
        for key in ("r", "dr", "next"):
            inputs = deployment.one(INSTANCE, f"app-{key}").inputs
            refused = {"username", "password", "dbName", "engine", "finalSnapshotIdentifier"}
            assert not refused & inputs.keys()
            assert inputs["skipFinalSnapshot"] is True
        for key in ("r", "next"):
            inputs = deployment.one(INSTANCE, f"app-{key}").inputs
            assert not {"dbSubnetGroupName", "kmsKeyId", "region"} & inputs.keys()
            assert not inputs["replicateSourceDb"].startswith("arn:")
        client = deployment.client("rds")
        client.modify_db_instance(DBInstanceIdentifier="shop-dev-app-next", DeletionProtection=False)
        client.delete_db_instance(DBInstanceIdentifier="shop-dev-app-next", SkipFinalSnapshot=True)
        assert replica(deployment, "r")["ReadReplicaDBInstanceIdentifiers"] == []


def test_one_replica_by_the_arn_of_its_source() -> None:
    def program() -> None:
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
        group = aws.rds.SubnetGroup(
            "away", name="away", subnet_ids=[subnet.id for subnet in subnets], region=AWAY
        )
        firewall = aws.ec2.SecurityGroup("away", vpc_id=vpc.id, region=AWAY)
        source = aws.rds.Instance(
            "source",
            identifier="source",
            engine="postgres",
            instance_class="db.t3.micro",
            allocated_storage=20,
            username="dbadmin",
            password="sesame1234",
            storage_encrypted=True,
            backup_retention_period=1,
            skip_final_snapshot=True,
        )
        ReadReplica(
            "dr",
            {
                "instance_class": "db.t3.micro",
                "source_arn": source.arn,
                "region": AWAY,
                "subnet_group_name": group.name,
                "security_group_ids": [firewall.id],
                "kms_key_id": aws.kms.Key("away", region=AWAY).arn,
            },
        )

    with deploy(program, project="shop", stack="dev") as deployment:
        found = deployment.client("rds", AWAY).describe_db_instances(DBInstanceIdentifier="shop-dev-dr")
        made = found["DBInstances"][0]
        assert made["ReadReplicaSourceDBInstanceIdentifier"].endswith(":db:source")
        assert made["DBSubnetGroup"]["DBSubnetGroupName"] == "away"


def test_faults_come_before_anything_is_made() -> None:
    with pytest.raises(SpecError, match=r"replicas\.dr\.network: is missing"):
        Database("app", {**POSTGRES, "network": {}, "replicas": {"dr": {"region": AWAY}}})  # type: ignore[typeddict-item]

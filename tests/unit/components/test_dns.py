"""Names of one's own for a database and its replicas, read back from Route 53."""

from typing import Any

import pytest
from tests.unit.components.programs import POSTGRES, QUIET, database

from dbstack import Database, DatabaseNetwork, SpecError
from dbstack.sandbox.aws.clients import client
from dbstack.testing import deploy

RECORD = "aws:route53/record:Record"
ZONE = "Z0123456789ABCDEFGHIJ"


def test_a_database_and_its_replica_have_names_in_the_zone() -> None:
    def program() -> dict[str, Any]:
        made = client("route53", "us-east-1").create_hosted_zone(Name="example.internal", CallerReference="1")
        zone = made["HostedZone"]["Id"].removeprefix("/hostedzone/")
        network = DatabaseNetwork("network", {"vpc_cidr": "10.0.0.0/16", **QUIET})
        database = Database(
            "app",
            {
                **POSTGRES,
                "network": {"vpc_id": network.vpc_id, "subnet_ids": network.subnet_ids},
                "dns": {"zone_id": zone, "name": "Orders.example.internal."},
                "replicas": {"reads": {"dns_name": "orders-ro.example.internal"}, "quiet": {}},
            },
        )
        return {"zone": zone, "host": database.host, "replicas": database.replicas}

    with deploy(program, project="shop", stack="dev") as deployment:
        listed = deployment.client("route53").list_resource_record_sets(
            HostedZoneId=deployment.outputs["zone"]
        )
        found = {
            item["Name"]: (item["TTL"], [value["Value"] for value in item["ResourceRecords"]])
            for item in listed["ResourceRecordSets"]
            if item["Type"] == "CNAME"
        }
        assert found == {
            "orders.example.internal.": (60, [deployment.outputs["host"]]),
            "orders-ro.example.internal.": (60, [deployment.outputs["replicas"]["reads"]]),
        }


def test_no_name_is_made_unasked() -> None:
    with database(POSTGRES) as deployment:
        assert deployment.of_type(RECORD) == []


@pytest.mark.parametrize(
    ("settings", "path", "words"),
    [
        ({"dns": {"zone_id": ZONE, "name": "orders"}}, "dns.name", "not a full DNS name"),
        (
            {"dns": {"zone_id": "example.com", "name": "a.example.com"}},
            "dns.zone_id",
            "capitals and digits alone",
        ),
        ({"dns": {"zone_id": ZONE, "name": "a.b", "ttl_seconds": -1}}, "dns.ttl_seconds", "0 to"),
        (
            {"replicas": {"r": {"dns_name": "a.example.com"}}},
            "replicas.r.dns_name",
            "has no zone to stand in",
        ),
        (
            {"dns": {"zone_id": ZONE, "name": "a.b"}, "replicas": {"r": {"dns_name": "A.b."}}},
            "replicas.r.dns_name",
            "is also the name of the database",
        ),
    ],
)
def test_refused(settings: dict[str, Any], path: str, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        database({**POSTGRES, **settings}, preview=True)
    assert words in {fault.path: fault.message for fault in caught.value.faults}[path]

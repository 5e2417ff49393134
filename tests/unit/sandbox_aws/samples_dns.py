"""Samples of DNS records."""

from typing import Any

from tests.unit.sandbox_aws.sample import Sample, TypeSamples


def _record(aws: Any, resource_id: str) -> Any:
    # By its name alone: an update may have changed the type, and the id keeps the first.
    zone, _, rest = resource_id.partition("_")
    name, _, _ = rest.rpartition("_")
    found = aws.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    [record] = [item for item in found if item["Name"] == f"{name}."]
    return {**record, "zone": zone}


DNS_SAMPLES: dict[str, TypeSamples] = {
    "aws:route53/record:Record": TypeSamples(
        lambda aws: {
            "zoneId": aws.ids["zone"],
            "name": f"{aws.unique('db')}.example.internal",
            "type": "CNAME",
            "ttl": 60,
            "records": ["app.rds.amazonaws.com"],
        },
        _record,
        lambda ids: {
            "zoneId": Sample(ids["zone2"], "zone"),
            "name": Sample("another.example.internal", "Name", "another.example.internal."),
            "type": Sample("A", "Type", beside={"records": ["10.0.0.1"]}, together=True),
            "ttl": Sample(5, "TTL"),
            "records": Sample(["other.rds.amazonaws.com"], "ResourceRecords.*.Value"),
        },
    ),
}

"""Names of a database and its replicas in a hosted zone of Route 53."""

import pulumi
import pulumi_aws as aws

from dbstack.common.children import Children

ROLES = ("dns_record",)


def make_record(
    name: str,
    full_name: str,
    ttl_seconds: int,
    zone_id: pulumi.Input[str],
    host: pulumi.Output[str],
    children: Children,
) -> None:
    """A CNAME that points at the instance's host name, as a child of the component that `children` makes for."""
    children.make(
        "dns_record",
        aws.route53.Record,
        f"{name}-dns",
        {
            "zone_id": zone_id,
            "name": full_name,
            "type": "CNAME",
            "ttl": ttl_seconds,
            "records": [host],
        },
    )

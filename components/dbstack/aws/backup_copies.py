"""Automated backups copied to another region."""

import pulumi
import pulumi_aws as aws

from dbstack.common.children import Children
from dbstack.spec.model import InstanceSpec

ROLES = ("backup_replication",)


def make_backup_copies(
    name: str,
    spec: InstanceSpec,
    instance: "aws.rds.Instance",
    kms_key_id: pulumi.Input[str] | None,
    children: Children,
) -> None:
    """The replication, where the plan has one, as a child of the component that `children` makes for."""
    if spec.backup_copy is None:
        return
    children.make(
        "backup_replication",
        aws.rds.InstanceAutomatedBackupsReplication,
        f"{name}-backups-{spec.backup_copy.region}",
        {
            "source_db_instance_arn": instance.arn,
            "region": spec.backup_copy.region,
            "retention_period": spec.backup_copy.retention_days,
            "kms_key_id": kms_key_id,
        },
        # RDS copies the backups of an instance to a region once: the old one ends before the new one begins.
        pulumi.ResourceOptions(
            delete_before_replace=True, retain_on_delete=True if spec.deletion.retain else None
        ),
    )

"""AWS's partitions: what ARNs begin with and service names end with, in China, GovCloud and the like.

Source: botocore's partitions.json, with which a test compares them.
"""

# Prefix of the regions -> partition, suffix of the services' names.
_PARTITIONS = {
    "cn-": ("aws-cn", "amazonaws.com.cn"),
    "us-gov-": ("aws-us-gov", "amazonaws.com"),
    "us-isob-": ("aws-iso-b", "sc2s.sgov.gov"),
    "us-isof-": ("aws-iso-f", "csp.hci.ic.gov"),
    "us-iso-": ("aws-iso", "c2s.ic.gov"),
    "eu-isoe-": ("aws-iso-e", "cloud.adc-e.uk"),
    "eusc-": ("aws-eusc", "amazonaws.eu"),
}
MONITORING_POLICY = "service-role/AmazonRDSEnhancedMonitoringRole"
BACKUP_POLICY = "service-role/AWSBackupServiceRolePolicyForBackup"
DIRECTORY_POLICY = "service-role/AmazonRDSDirectoryServiceAccess"

_COMMERCIAL = ("aws", "amazonaws.com")


def partition_of_region(region: str) -> str:
    """`aws`, `aws-cn`, `aws-us-gov`, ..."""
    return _of_region(region)[0]


def partition_of_arn(arn: str) -> str:
    """The partition that an ARN says. What stands in AWS knows it better than any config."""
    return arn.split(":", 2)[1]


def service_in(service: str, region: str) -> str:
    """The name of a service in a region, as `kms:ViaService` has it: `rds.us-east-1.amazonaws.com`."""
    return f"{service}.{region}.{_of_region(region)[1]}"


def managed_policy(beside: str, name: str) -> str:
    """ARN of a policy of AWS's own, in the partition of the ARN `beside`."""
    return f"arn:{partition_of_arn(beside)}:iam::aws:policy/{name}"


def _of_region(region: str) -> tuple[str, str]:
    return next((found for prefix, found in _PARTITIONS.items() if region.startswith(prefix)), _COMMERCIAL)

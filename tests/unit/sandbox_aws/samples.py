"""For every served type: a plain resource, and for each property a value and where boto3 shows it."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.unit.sandbox_aws.sample import ROLE, Sample, TypeSamples, rds_tags
from tests.unit.sandbox_aws.samples_backup import BACKUP
from tests.unit.sandbox_aws.samples_cluster_features import FEATURE_SAMPLES
from tests.unit.sandbox_aws.samples_clusters import CLUSTER_SAMPLES
from tests.unit.sandbox_aws.samples_copies import COPY_SAMPLES
from tests.unit.sandbox_aws.samples_dns import DNS_SAMPLES
from tests.unit.sandbox_aws.samples_iam import IAM_SAMPLES
from tests.unit.sandbox_aws.samples_monitoring import MONITORING_SAMPLES
from tests.unit.sandbox_aws.samples_network import NETWORK
from tests.unit.sandbox_aws.samples_proxy import PROXY_SAMPLES
from tests.unit.sandbox_aws.samples_rotation import ROTATION_SAMPLES

from dbstack.sandbox.aws.reading import dig

POLICY = json.dumps({"Version": "2012-10-17", "Statement": []})
KEY_POLICY = json.dumps({"Version": "2012-10-17", "Id": "mine", "Statement": []})


def _tags(path: str) -> dict[str, Sample]:
    return {
        "tags": Sample(
            {"Name": "x", "with.dot": "y"},
            look=lambda _aws, _id, found: {tag["Key"]: tag["Value"] for tag in dig(found, path)},
        )
    }


def _ec2(operation: str, key: str, members: str) -> Callable[[Any, str], Any]:
    return lambda aws, found: getattr(aws.client("ec2"), operation)(**{members: [found]})[key][0]


def _vpc_switch(name: str) -> Sample:
    member = name[:1].upper() + name[1:]
    return Sample(
        name != "enableDnsSupport",
        look=lambda aws, vpc, _found: aws.client("ec2").describe_vpc_attribute(VpcId=vpc, Attribute=name)[
            member
        ]["Value"],
    )


def _instance(aws: Any, resource_id: str) -> Any:
    wanted = [{"Name": "dbi-resource-id", "Values": [resource_id]}]
    return aws.client("rds").describe_db_instances(Filters=wanted)["DBInstances"][0]


def _plain_instance(aws: Any) -> dict[str, Any]:
    return {
        "identifier": aws.unique("db"),
        "engine": "postgres",
        "engineVersion": "17.5",
        "instanceClass": "db.t3.micro",
        "allocatedStorage": 20,
        "storageType": "gp3",
        "username": "app",
        "password": "first-password",
        "skipFinalSnapshot": True,
        "dbSubnetGroupName": aws.ids["group"],
        "backupWindow": "01:00-02:00",
        "maintenanceWindow": "mon:05:00-mon:06:00",
        "availabilityZone": "us-east-1a",
    }


_ORACLE = {"engine": "oracle-ee", "engineVersion": "19", "instanceClass": "db.t3.small"}


_SQLSERVER = {
    "engine": "sqlserver-se",
    "engineVersion": "16.00",
    "instanceClass": "db.m5.xlarge",
    "licenseModel": "license-included",
}
_OWN_DOMAIN: dict[str, tuple[Any, str]] = {
    "domainFqdn": ("corp.example.com", "FQDN"),
    "domainOu": ("OU=databases,DC=corp,DC=example,DC=com", "OU"),
    "domainAuthSecretArn": (
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:join-abcdef",
        "AuthSecretArn",
    ),
    "domainDnsIps": (["10.0.0.10", "10.0.0.11"], "DnsIps"),
}


def _instance_samples(ids: Mapping[str, Any]) -> dict[str, Sample]:
    insights = {"performanceInsightsEnabled": True}
    big = {"allocatedStorage": 400}
    return {
        "identifier": Sample("renamed", "DBInstanceIdentifier"),
        "instanceClass": Sample("db.r6g.large", "DBInstanceClass"),
        "engine": Sample("mysql", "Engine", beside={"engineVersion": "8.4.5"}),
        "engineVersion": Sample("17.6", "EngineVersion"),
        "engineLifecycleSupport": Sample(
            "open-source-rds-extended-support-disabled", "EngineLifecycleSupport"
        ),
        "dbName": Sample("app", "DBName"),
        "username": Sample("other", "MasterUsername"),
        "manageMasterUserPassword": Sample(
            True, "MasterUserSecret.SecretStatus", "active", instead=("password",)
        ),
        "masterUserSecretKmsKeyId": Sample(
            ids["key"],
            "MasterUserSecret.KmsKeyId",
            beside={"manageMasterUserPassword": True},
            instead=("password",),
            create_only="RDS takes it only together with switching the managed password on",
        ),
        "allocatedStorage": Sample(100, "AllocatedStorage"),
        "maxAllocatedStorage": Sample(1000, "MaxAllocatedStorage"),
        "storageType": Sample("gp2", "StorageType"),
        "iops": Sample(13000, "Iops", beside=big),
        "storageThroughput": Sample(700, "StorageThroughput", beside=big),
        "storageEncrypted": Sample(True, "StorageEncrypted"),
        "kmsKeyId": Sample(ids["key"], "KmsKeyId", beside={"storageEncrypted": True}),
        "dedicatedLogVolume": Sample(
            True,
            "DedicatedLogVolume",
            beside={"storageType": "io1", "allocatedStorage": 100, "iops": 1000},
        ),
        "multiAz": Sample(True, "MultiAZ", instead=("availabilityZone",)),
        "availabilityZone": Sample("us-east-1b", "AvailabilityZone"),
        "dbSubnetGroupName": Sample(
            ids["group2"],
            "DBSubnetGroup.DBSubnetGroupName",
            create_only="RDS moves an instance to another VPC, never between the subnet groups of one",
        ),
        "vpcSecurityGroupIds": Sample([ids["sg"], ids["sg2"]], "VpcSecurityGroups.*.VpcSecurityGroupId"),
        "publiclyAccessible": Sample(True, "PubliclyAccessible"),
        "port": Sample(6000, "Endpoint.Port"),
        "networkType": Sample("DUAL", "NetworkType"),
        "parameterGroupName": Sample(ids["pg"], "DBParameterGroups.0.DBParameterGroupName"),
        "optionGroupName": Sample(
            "options",
            "OptionGroupMemberships.0.OptionGroupName",
            beside={"engine": "mysql", "engineVersion": "8.0.42"},
        ),
        "licenseModel": Sample(
            "license-included",
            "LicenseModel",
            beside={"engine": "oracle-se2", "engineVersion": "19", "instanceClass": "db.t3.small"},
        ),
        "backupRetentionPeriod": Sample(9, "BackupRetentionPeriod"),
        "backupWindow": Sample("03:00-04:00", "PreferredBackupWindow"),
        "backupTarget": Sample("outposts", "BackupTarget"),
        "maintenanceWindow": Sample("sun:04:00-sun:05:00", "PreferredMaintenanceWindow"),
        "copyTagsToSnapshot": Sample(True, "CopyTagsToSnapshot"),
        "deletionProtection": Sample(True, "DeletionProtection"),
        "autoMinorVersionUpgrade": Sample(False, "AutoMinorVersionUpgrade"),
        "caCertIdentifier": Sample("rds-ca-ecc384-g1", "CACertificateIdentifier"),
        "domain": Sample("d-0123456789", "DomainMemberships.0.Domain"),
        "domainIamRoleName": Sample(
            "joins", "DomainMemberships.0.IAMRoleName", beside={"domain": "d-0123456789"}, together=True
        ),
        **{
            name: Sample(
                value,
                f"DomainMemberships.0.{shown}",
                beside={
                    **_SQLSERVER,
                    **{other: given for other, (given, _) in _OWN_DOMAIN.items() if other != name},
                },
                together=True,
            )
            for name, (value, shown) in _OWN_DOMAIN.items()
        },
        "iamDatabaseAuthenticationEnabled": Sample(True, "IAMDatabaseAuthenticationEnabled"),
        "enabledCloudwatchLogsExports": Sample(["postgresql", "upgrade"], "EnabledCloudwatchLogsExports"),
        "monitoringInterval": Sample(
            30, "MonitoringInterval", beside={"monitoringRoleArn": ROLE}, together=True
        ),
        "monitoringRoleArn": Sample(
            ROLE, "MonitoringRoleArn", beside={"monitoringInterval": 60}, together=True
        ),
        "performanceInsightsEnabled": Sample(True, "PerformanceInsightsEnabled"),
        "performanceInsightsKmsKeyId": Sample(ids["key2"], "PerformanceInsightsKMSKeyId", beside=insights),
        "performanceInsightsRetentionPeriod": Sample(
            731, "PerformanceInsightsRetentionPeriod", beside=insights
        ),
        "databaseInsightsMode": Sample(
            "advanced",
            "DatabaseInsightsMode",
            beside={**insights, "performanceInsightsRetentionPeriod": 465},
        ),
        "characterSetName": Sample("UTF8", "CharacterSetName", beside=_ORACLE),
        "ncharCharacterSetName": Sample("AL16UTF16", "NcharCharacterSetName", beside=_ORACLE),
        "timezone": Sample(
            "Central European Standard Time",
            "Timezone",
            beside={"engine": "sqlserver-ex", "engineVersion": "16.00"},
        ),
        "customIamInstanceProfile": Sample("AWSRDSCustomProfile", "CustomIamInstanceProfile"),
        "customerOwnedIpEnabled": Sample(True, "CustomerOwnedIpEnabled"),
        "replicateSourceDb": Sample(
            "source",
            "ReadReplicaSourceDBInstanceIdentifier",
            instead=(
                "username",
                "password",
                "dbSubnetGroupName",
                "engine",
                "engineVersion",
                "allocatedStorage",
            ),
            create_only="an instance can't become a replica",
        ),
        "replicaMode": Sample(
            "mounted",
            "ReplicaMode",
            beside={"replicateSourceDb": "source"},
            instead=(
                "username",
                "password",
                "dbSubnetGroupName",
                "engine",
                "engineVersion",
                "allocatedStorage",
            ),
            create_only="of replicas only; set when one is made",
        ),
        **rds_tags("DBInstanceArn"),
    }


def _rule(direction: str) -> TypeSamples:
    def samples(ids: Mapping[str, Any]) -> dict[str, Sample]:
        every = ("cidrIpv4",)
        return {
            "securityGroupId": Sample(ids["sg2"], "GroupId"),
            "ipProtocol": Sample("udp", "IpProtocol"),
            "fromPort": Sample(4000, "FromPort"),
            "toPort": Sample(6000, "ToPort"),
            "cidrIpv4": Sample("10.9.0.0/16", "CidrIpv4"),
            "cidrIpv6": Sample("2001:db8::/32", "CidrIpv6", instead=every),
            "prefixListId": Sample(ids["prefixes"], "PrefixListId", instead=every),
            "referencedSecurityGroupId": Sample(ids["sg2"], "ReferencedGroupInfo.GroupId", instead=every),
            "description": Sample("why", "Description"),
            **_tags("Tags"),
        }

    return TypeSamples(
        lambda aws: {
            "securityGroupId": aws.ids["sg"],
            "ipProtocol": "tcp",
            "fromPort": 5000,
            "toPort": 5000,
            "cidrIpv4": f"10.{int(aws.unique('')) % 250}.{int(aws.unique('')) % 250}.0/24",
        },
        _ec2("describe_security_group_rules", "SecurityGroupRules", "SecurityGroupRuleIds"),
        samples,
    )


_INLINE = {
    "protocol": "tcp",
    "fromPort": 80,
    "toPort": 81,
    "cidrBlocks": ["10.0.0.0/8"],
    "description": "web",
}
_GRANT = {
    "IpProtocol": "tcp",
    "FromPort": 80,
    "ToPort": 81,
    "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "web"}],
    "UserIdGroupPairs": [],
    "Ipv6Ranges": [],
    "PrefixListIds": [],
}


def _group(ids: Mapping[str, Any]) -> dict[str, Sample]:
    return {
        "ingress": Sample([_INLINE], "IpPermissions", [_GRANT]),
        "egress": Sample([_INLINE], "IpPermissionsEgress", [_GRANT]),
        "vpcId": Sample(ids["vpc2"], "VpcId"),
        **_tags("Tags"),
    }


def _subnet_block(aws: Any) -> str:
    return f"10.0.{100 + int(aws.unique('')) % 150}.0/24"


SAMPLES: dict[str, TypeSamples] = {
    "aws:ec2/vpc:Vpc": TypeSamples(
        lambda aws: {"cidrBlock": "10.2.0.0/16"},
        _ec2("describe_vpcs", "Vpcs", "VpcIds"),
        lambda ids: {
            "cidrBlock": Sample("10.3.0.0/16", "CidrBlock"),
            "instanceTenancy": Sample("dedicated", "InstanceTenancy"),
            "enableDnsSupport": _vpc_switch("enableDnsSupport"),
            "enableDnsHostnames": _vpc_switch("enableDnsHostnames"),
            "enableNetworkAddressUsageMetrics": _vpc_switch("enableNetworkAddressUsageMetrics"),
            "assignGeneratedIpv6CidrBlock": Sample(
                True, "Ipv6CidrBlockAssociationSet.0.Ipv6CidrBlockState.State", "associated"
            ),
            **_tags("Tags"),
        },
    ),
    "aws:ec2/subnet:Subnet": TypeSamples(
        lambda aws: {
            "vpcId": aws.ids["vpc"],
            "cidrBlock": _subnet_block(aws),
            "availabilityZone": "us-east-1a",
        },
        _ec2("describe_subnets", "Subnets", "SubnetIds"),
        lambda ids: {
            "vpcId": Sample(ids["vpc2"], "VpcId", beside={"cidrBlock": "10.1.9.0/24"}),
            "cidrBlock": Sample("10.0.99.0/24", "CidrBlock"),
            "availabilityZone": Sample("us-east-1b", "AvailabilityZone"),
            "availabilityZoneId": Sample("use1-az1", "AvailabilityZoneId", instead=("availabilityZone",)),
            "ipv6CidrBlock": Sample("2600:1f18::/64", "Ipv6CidrBlockAssociationSet.0.Ipv6CidrBlock"),
            "ipv6Native": Sample(
                True, "Ipv6Native", beside={"ipv6CidrBlock": "2600:1f19::/64"}, instead=("cidrBlock",)
            ),
            "mapPublicIpOnLaunch": Sample(True, "MapPublicIpOnLaunch"),
            "assignIpv6AddressOnCreation": Sample(True, "AssignIpv6AddressOnCreation"),
            "enableDns64": Sample(True, "EnableDns64"),
            "enableResourceNameDnsARecordOnLaunch": Sample(
                True, "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsARecord"
            ),
            "enableResourceNameDnsAaaaRecordOnLaunch": Sample(
                True, "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsAAAARecord"
            ),
            "privateDnsHostnameTypeOnLaunch": Sample(
                "resource-name", "PrivateDnsNameOptionsOnLaunch.HostnameType"
            ),
            **_tags("Tags"),
        },
    ),
    "aws:ec2/internetGateway:InternetGateway": TypeSamples(
        lambda aws: {},
        _ec2("describe_internet_gateways", "InternetGateways", "InternetGatewayIds"),
        lambda ids: {"vpcId": Sample(ids["free vpc"], "Attachments.0.VpcId"), **_tags("Tags")},
    ),
    "aws:ec2/routeTable:RouteTable": TypeSamples(
        lambda aws: {"vpcId": aws.ids["vpc"]},
        _ec2("describe_route_tables", "RouteTables", "RouteTableIds"),
        lambda ids: {
            "vpcId": Sample(ids["vpc2"], "VpcId"),
            "routes": Sample(
                [{"cidrBlock": "0.0.0.0/0", "gatewayId": ids["gateway"]}],
                shown=[("0.0.0.0/0", ids["gateway"])],
                look=lambda _aws, _id, found: [
                    (route["DestinationCidrBlock"], route["GatewayId"])
                    for route in found["Routes"]
                    if route["GatewayId"] != "local"
                ],
            ),
            **_tags("Tags"),
        },
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": TypeSamples(
        lambda aws: {"routeTableId": aws.ids["table"], "subnetId": aws.fresh_subnet()},
        lambda aws, found: next(
            {**item, "Table": table["RouteTableId"]}
            for table in aws.client("ec2").describe_route_tables()["RouteTables"]
            for item in table["Associations"]
            # A replaced association has another id: then its subnet says which it is.
            if found == item["RouteTableAssociationId"] or item.get("SubnetId") == aws.ids["last subnet"]
        ),
        lambda ids: {
            "routeTableId": Sample(ids["table2"], "Table"),
            "subnetId": Sample(ids["subnets"][0], "SubnetId"),
            "gatewayId": Sample(ids["gateway"], "GatewayId", instead=("subnetId",)),
        },
    ),
    "aws:ec2/securityGroup:SecurityGroup": TypeSamples(
        lambda aws: {"name": aws.unique("sg"), "vpcId": aws.ids["vpc"]},
        _ec2("describe_security_groups", "SecurityGroups", "GroupIds"),
        lambda ids: {
            "name": Sample("another", "GroupName"),
            "description": Sample("what for", "Description"),
            **_group(ids),
        },
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": TypeSamples(
        lambda aws: {"vpcId": aws.ids["vpc"]},
        _ec2("describe_security_groups", "SecurityGroups", "GroupIds"),
        _group,
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _rule("ingress"),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _rule("egress"),
    "aws:rds/instance:Instance": TypeSamples(_plain_instance, _instance, _instance_samples),
    "aws:rds/subnetGroup:SubnetGroup": TypeSamples(
        lambda aws: {"name": aws.unique("group"), "subnetIds": aws.ids["subnets"][:2]},
        lambda aws, found: aws.client("rds").describe_db_subnet_groups(DBSubnetGroupName=found)[
            "DBSubnetGroups"
        ][0],
        lambda ids: {
            "name": Sample("another", "DBSubnetGroupName"),
            "description": Sample("what for", "DBSubnetGroupDescription"),
            "subnetIds": Sample(ids["subnets"], "Subnets.*.SubnetIdentifier"),
            **rds_tags("DBSubnetGroupArn"),
        },
    ),
    "aws:rds/parameterGroup:ParameterGroup": TypeSamples(
        lambda aws: {"name": aws.unique("pg"), "family": "postgres17"},
        lambda aws, found: aws.client("rds").describe_db_parameter_groups(DBParameterGroupName=found)[
            "DBParameterGroups"
        ][0],
        lambda ids: {
            "name": Sample("another", "DBParameterGroupName"),
            "description": Sample("what for", "Description"),
            "family": Sample("postgres16", "DBParameterGroupFamily"),
            "parameters": Sample(
                [
                    {"name": "rds.force_ssl", "value": "1"},
                    {"name": "max_connections", "value": "99", "applyMethod": "pending-reboot"},
                ],
                shown=[("max_connections", "99", "pending-reboot"), ("rds.force_ssl", "1", "immediate")],
                look=lambda aws, group, _found: sorted(
                    (item["ParameterName"], item["ParameterValue"], item["ApplyMethod"])
                    for item in aws.client("rds").describe_db_parameters(
                        DBParameterGroupName=group, Source="user"
                    )["Parameters"]
                ),
            ),
            **rds_tags("DBParameterGroupArn"),
        },
    ),
    "aws:rds/optionGroup:OptionGroup": TypeSamples(
        lambda aws: {
            "name": aws.unique("og"),
            "engineName": "oracle-ee",
            "majorEngineVersion": "19",
            "optionGroupDescription": "first",
        },
        lambda aws, found: aws.client("rds").describe_option_groups(OptionGroupName=found)[
            "OptionGroupsList"
        ][0],
        lambda ids: {
            "name": Sample("another", "OptionGroupName"),
            "engineName": Sample("sqlserver-ee", "EngineName", beside={"majorEngineVersion": "16.00"}),
            "majorEngineVersion": Sample("21", "MajorEngineVersion", beside={"engineName": "oracle-ee-cdb"}),
            "optionGroupDescription": Sample("what for", "OptionGroupDescription"),
            "options": Sample(
                [
                    {"optionName": "S3_INTEGRATION", "version": "1.0"},
                    {
                        "optionName": "OEM",
                        "port": 5500,
                        "vpcSecurityGroupMemberships": ["sg-12345678"],
                        "optionSettings": [{"name": "TLS_VERSION", "value": "1.2"}],
                    },
                ],
                shown=[
                    ("OEM", None, 5500, ["sg-12345678"], [("TLS_VERSION", "1.2")]),
                    ("S3_INTEGRATION", "1.0", None, [], []),
                ],
                look=lambda _aws, _group, found: sorted(
                    (
                        item["OptionName"],
                        item.get("OptionVersion"),
                        item.get("Port"),
                        [group["VpcSecurityGroupId"] for group in item["VpcSecurityGroupMemberships"]],
                        [(setting["Name"], setting["Value"]) for setting in item["OptionSettings"]],
                    )
                    for item in found["Options"]
                ),
            ),
            **rds_tags("OptionGroupArn"),
        },
    ),
    "aws:secretsmanager/secret:Secret": TypeSamples(
        lambda aws: {"name": aws.unique("secret")},
        lambda aws, found: aws.client("secretsmanager").describe_secret(SecretId=found),
        lambda ids: {
            "name": Sample("another", "Name"),
            "description": Sample("what for", "Description"),
            "kmsKeyId": Sample(ids["key"], "KmsKeyId"),
            "policy": Sample(
                POLICY,
                look=lambda aws, found, _described: aws.client("secretsmanager").get_resource_policy(
                    SecretId=found
                )["ResourcePolicy"],
            ),
            "replicas": Sample([{"region": "eu-west-1"}], "ReplicationStatus.*.Region", ["eu-west-1"]),
            **_tags("Tags"),
        },
    ),
    "aws:secretsmanager/secretVersion:SecretVersion": TypeSamples(
        lambda aws: {"secretId": aws.fresh_secret(), "secretString": "one"},
        lambda aws, found: aws.client("secretsmanager").get_secret_value(
            SecretId=found.split("|")[0], VersionId=found.split("|")[1]
        ),
        lambda ids: {
            "secretId": Sample(ids["secret"], "ARN"),
            "secretString": Sample("two", "SecretString"),
            "secretBinary": Sample("AAEC", "SecretBinary", b"\x00\x01\x02", instead=("secretString",)),
            "versionStages": Sample(["AWSCURRENT", "blue"], "VersionStages"),
        },
    ),
    "aws:kms/key:Key": TypeSamples(
        lambda aws: {},
        lambda aws, found: aws.client("kms").describe_key(KeyId=found)["KeyMetadata"],
        lambda ids: {
            "description": Sample("what for", "Description"),
            "keyUsage": Sample("SIGN_VERIFY", "KeyUsage", beside={"customerMasterKeySpec": "RSA_2048"}),
            "customerMasterKeySpec": Sample("RSA_2048", "KeySpec", beside={"keyUsage": "SIGN_VERIFY"}),
            "policy": Sample(
                KEY_POLICY,
                look=lambda aws, key, _found: aws.client("kms").get_key_policy(
                    KeyId=key, PolicyName="default"
                )["Policy"],
            ),
            "multiRegion": Sample(True, "MultiRegion"),
            "isEnabled": Sample(False, "Enabled"),
            "enableKeyRotation": Sample(
                True,
                look=lambda aws, key, _found: aws.client("kms").get_key_rotation_status(KeyId=key)[
                    "KeyRotationEnabled"
                ],
            ),
            "rotationPeriodInDays": Sample(
                100,
                beside={"enableKeyRotation": True},
                look=lambda aws, key, _found: aws.client("kms").get_key_rotation_status(KeyId=key)[
                    "RotationPeriodInDays"
                ],
            ),
            "tags": Sample(
                {"Name": "x"},
                look=lambda aws, key, _found: {
                    tag["TagKey"]: tag["TagValue"]
                    for tag in aws.client("kms").list_resource_tags(KeyId=key)["Tags"]
                },
            ),
        },
    ),
    "aws:kms/alias:Alias": TypeSamples(
        lambda aws: {"name": aws.unique("alias/a"), "targetKeyId": aws.ids["key"]},
        lambda aws, found: next(
            item for item in aws.client("kms").list_aliases()["Aliases"] if item["AliasName"] == found
        ),
        lambda ids: {
            "name": Sample("alias/another", "AliasName"),
            "targetKeyId": Sample(ids["key2"].split("/")[-1], "TargetKeyId"),
        },
    ),
    **BACKUP,
    **COPY_SAMPLES,
    **NETWORK,
    **CLUSTER_SAMPLES,
    **FEATURE_SAMPLES,
    **DNS_SAMPLES,
    **IAM_SAMPLES,
    **MONITORING_SAMPLES,
    **PROXY_SAMPLES,
    **ROTATION_SAMPLES,
}

"""A moto with the things that other things need."""

import json
from dataclasses import dataclass
from itertools import count
from typing import Any

from tests.unit.sandbox_aws.samples import SAMPLES
from tests.unit.sandbox_aws.samples_cluster_features import fill_features
from tests.unit.sandbox_aws.samples_copies import far_source
from tests.unit.sandbox_aws.samples_rotation import fill_rotation

from dbstack.sandbox.aws.backend import MotoBackend, Provider
from dbstack.sandbox.aws.clients import client, factory
from dbstack.sandbox.aws.model import Props
from dbstack.sandbox.moto_ext import install

install()
_numbers = count(1)


@dataclass
class World:
    """A backend and the ids of what stands in its moto."""

    backend: MotoBackend
    ids: dict[str, Any]

    def client(self, service: str, region: str = "us-east-1") -> Any:
        return client(service, region)

    def unique(self, stem: str) -> str:
        return f"{stem}{next(_numbers)}"

    def checked(self, token: str, props: Props, name: str = "thing") -> Props:
        """Inputs as the engine would send them; the test fails on any fault."""
        checked = self.backend.check(token, name, props, {}, self.unique("seed").encode())
        assert checked.faults == []
        return checked.inputs

    def make(self, token: str, props: Props) -> tuple[str, Props, Props]:
        """(id, state, inputs) of a new resource."""
        inputs = self.checked(token, props)
        resource_id, state = self.backend.create(token, inputs)
        return resource_id, state, inputs


def world(region: str = "us-east-1") -> World:
    backend = MotoBackend(factory(), Provider(region))
    made = World(backend, {})
    ids = made.ids
    ids["vpc"] = made.make("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16"})[0]
    ids["vpc2"] = made.make("aws:ec2/vpc:Vpc", {"cidrBlock": "10.1.0.0/16"})[0]
    ids["subnets"] = [
        made.make(
            "aws:ec2/subnet:Subnet",
            {"vpcId": ids["vpc"], "cidrBlock": f"10.0.{number}.0/24", "availabilityZone": f"{region}{zone}"},
        )[0]
        for number, zone in enumerate("abc")
    ]
    for name in ("sg", "sg2"):
        ids[name] = made.make("aws:ec2/securityGroup:SecurityGroup", {"name": name, "vpcId": ids["vpc"]})[0]
    for name in ("group", "group2"):
        subnets = ids["subnets"][:2]
        ids[name] = made.make("aws:rds/subnetGroup:SubnetGroup", {"name": name, "subnetIds": subnets})[0]
    for name in ("pg", "pg2"):
        props = {"name": name, "family": "postgres17"}
        ids[name] = made.make("aws:rds/parameterGroup:ParameterGroup", props)[0]
    for name in ("key", "key2"):
        ids[name] = made.make("aws:kms/key:Key", {"description": name})[1]["arn"]
    props = {"name": "cluster-pg", "family": "aurora-postgresql16"}
    ids["cluster pg"] = made.make("aws:rds/clusterParameterGroup:ClusterParameterGroup", props)[0]
    return made


class Walk(World):
    def fresh_subnet(self) -> str:
        self.ids["subnets made"] = self.ids.get("subnets made", 0) + 1
        props = {"vpcId": self.ids["roomy vpc"], "cidrBlock": f"10.7.{self.ids['subnets made']}.0/24"}
        self.ids["last subnet"] = self.make("aws:ec2/subnet:Subnet", props)[0]
        return self.ids["last subnet"]

    def fresh_secret(self) -> str:
        return self.make("aws:secretsmanager/secret:Secret", {"name": self.unique("s")})[0]

    def fresh_role(self) -> str:
        return make_role(self, self.unique("role")).split("/")[-1]

    def fresh_vault(self) -> str:
        return self.make("aws:backup/vault:Vault", {"name": self.unique("v")})[0]


def fill(base: World) -> Walk:
    aws = Walk(base.backend, base.ids)
    ids = aws.ids
    ids["free vpc"] = aws.make("aws:ec2/vpc:Vpc", {"cidrBlock": "10.4.0.0/16"})[0]
    ids["roomy vpc"] = aws.make("aws:ec2/vpc:Vpc", {"cidrBlock": "10.7.0.0/16"})[0]
    ids["gateway"] = aws.make("aws:ec2/internetGateway:InternetGateway", {"vpcId": ids["vpc"]})[0]
    for name in ("table", "table2"):
        ids[name] = aws.make("aws:ec2/routeTable:RouteTable", {"vpcId": ids["vpc"]})[0]
    prefixes = aws.client("ec2").create_managed_prefix_list(
        PrefixListName="p", MaxEntries=5, AddressFamily="IPv4"
    )
    ids["prefixes"] = prefixes["PrefixList"]["PrefixListId"]
    ids["secret"] = aws.fresh_secret()
    fill_backup(aws)
    interface = aws.client("ec2").create_network_interface(SubnetId=ids["subnets"][0])
    ids["interface"] = interface["NetworkInterface"]["NetworkInterfaceId"]
    aws.client("ec2").modify_vpc_attribute(VpcId=ids["vpc"], EnableDnsHostnames={"Value": True})
    aws.client("rds").create_option_group(
        OptionGroupName="options",
        EngineName="mysql",
        MajorEngineVersion="8.0",
        OptionGroupDescription="for a test",
    )
    source = {
        **SAMPLES["aws:rds/instance:Instance"].plain(aws),
        "identifier": "source",
        "backupRetentionPeriod": 1,
    }
    aws.make("aws:rds/instance:Instance", source)
    aws.make("aws:rds/instance:Instance", {**source, "identifier": "source2"})
    ids["far source"] = far_source(aws)
    _clusters(aws)
    aws.make("aws:rds/instance:Instance", {**source, "identifier": "other-source"})
    _credentials(aws)
    fill_features(aws)
    for name in ("zone", "zone2"):
        made = aws.client("route53").create_hosted_zone(Name="example.internal", CallerReference=name)
        ids[name] = made["HostedZone"]["Id"].removeprefix("/hostedzone/")
    for name in ("topic", "topic2"):
        ids[name] = aws.make("aws:sns/topic:Topic", {"name": name})[0]
    return aws


def fill_backup(aws: Walk) -> None:
    """A vault here and one elsewhere, two plans and two roles."""
    ids = aws.ids
    ids["vault"] = aws.fresh_vault()
    far = {"name": "far", "region": "eu-west-1"}
    ids["far vault"] = aws.make("aws:backup/vault:Vault", far)[1]["arn"]
    for name in ("plan", "plan2"):
        rule = {"ruleName": name, "targetVaultName": ids["vault"]}
        ids[name] = aws.make("aws:backup/plan:Plan", {"name": name, "rules": [rule]})[0]
    for name in ("backup role", "backup role 2"):
        ids[name] = make_role(aws, name.replace(" ", "-"))


def make_role(aws: World, name: str) -> str:
    """ARN of a new role that AWS Backup may assume."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "backup.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    made = aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    return made["Role"]["Arn"]


def _clusters(aws: Walk) -> None:
    """Clusters for what stands in one: members, endpoints, snapshots, scaling."""
    plain = SAMPLES["aws:rds/cluster:Cluster"].plain
    for name in ("aurora", "aurora2", "scaled", "scaled2"):
        aws.make("aws:rds/cluster:Cluster", {**plain(aws), "clusterIdentifier": name})
    mysql = {"engine": "aurora-mysql", "engineVersion": "8.0", "clusterIdentifier": "aurora-my"}
    aws.make("aws:rds/cluster:Cluster", {**plain(aws), **mysql})
    member = SAMPLES["aws:rds/clusterInstance:ClusterInstance"].plain(aws)
    aws.make("aws:rds/clusterInstance:ClusterInstance", {**member, "identifier": "aurora-one"})
    target = SAMPLES["aws:appautoscaling/target:Target"].plain(aws)
    places = [{"resourceId": f"cluster:{name}"} for name in ("scaled", "scaled2")]
    table = {
        "serviceNamespace": "dynamodb",
        "resourceId": "table/scaled",
        "scalableDimension": "dynamodb:table:ReadCapacityUnits",
    }
    for place in (*places, table):
        aws.make("aws:appautoscaling/target:Target", {**target, **place})


def _credentials(aws: Walk) -> None:
    """Roles and proxies."""
    for name in ("role", "role2"):
        aws.ids[name] = aws.make("aws:iam/role:Role", SAMPLES["aws:iam/role:Role"].plain(aws))[0]
    for name in ("proxy", "proxy2"):
        aws.ids[name] = aws.make("aws:rds/proxy:Proxy", SAMPLES["aws:rds/proxy:Proxy"].plain(aws))[0]
    fill_rotation(aws)

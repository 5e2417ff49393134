"""What it does to the data, and to those who use it, when a resource goes: deleted, or replaced by a new, empty one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from dbstack.spec.changes import docker, rules_of
from dbstack.spec.changes.model import Properties, Risk

GUIDE = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/"
DELETE = GUIDE + "USER_DeleteInstance.html"
AURORA = "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/"
SNAPSHOT_FIRST = "take a snapshot first (aws rds create-db-snapshot) and check that it can be restored"


@dataclass(frozen=True)
class Removal:
    """What happens when a resource goes."""

    risk: Risk
    note: str = ""
    way_out: str = ""
    source: str = ""
    refused: bool = False
    """AWS refuses it as things stand."""


def _final_snapshot(properties: Properties, deletion: str) -> Removal:
    protected = properties.get("deletionProtection") is True
    if properties.get("skipFinalSnapshot") is True:
        kept = "no final snapshot is taken"
        if properties.get("deleteAutomatedBackups") is False:
            kept += "; automated backups stay until they expire"
        way_out = f"set onDelete: snapshot and deploy it before the database goes, or {SNAPSHOT_FIRST}"
    else:
        name = properties.get("finalSnapshotIdentifier")
        kept = f"the final snapshot {name} is taken" if name else "a final snapshot is taken"
        way_out = "restore it from the final snapshot; until then nobody is served"
    if protected:
        kept = f"RDS refuses while deletion protection is on; without it {kept}"
    return Removal(Risk.DATA_LOSS, kept, way_out, deletion, refused=protected)


def _instance(properties: Properties) -> Removal:
    if properties.get("replicateSourceDb"):
        return Removal(
            Risk.DOWNTIME,
            "a read replica: the data stays with its source, but those who read here are cut off",
            "move its readers to another endpoint first",
            GUIDE + "USER_ReadRepl.html",
            refused=properties.get("deletionProtection") is True,
        )
    return _final_snapshot(properties, DELETE)


def _cluster(properties: Properties) -> Removal:
    return _final_snapshot(properties, AURORA + "USER_DeleteCluster.html")


def _member(_properties: Properties) -> Removal:
    return Removal(
        Risk.DOWNTIME,
        "the data stays with the cluster; connections to this instance break, and a lost writer is a failover",
        "take a reader, not the writer, and wait for another one before",
        AURORA + "USER_DeleteCluster.html",
    )


def _secret(properties: Properties) -> Removal:
    days = properties.get("recoveryWindowInDays")
    kept, way_out = (
        ("it is gone at once", "set recoveryWindowInDays and deploy that first")
        if days == 0
        else (
            f"it can be restored for {days or 30} days",
            "aws secretsmanager restore-secret, while the window lasts",
        )
    )
    return Removal(
        Risk.DATA_LOSS,
        f"applications that read it are locked out; {kept}",
        way_out,
        "https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html",
    )


def _key(properties: Properties) -> Removal:
    days = properties.get("deletionWindowInDays") or 30
    return Removal(
        Risk.DATA_LOSS,
        f"in {days} days everything that it encrypts, snapshots too, can't be read any more",
        "keep the key; within the window aws kms cancel-key-deletion takes it back",
        "https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html",
    )


def _let_in(_properties: Properties) -> Removal:
    return Removal(
        Risk.DOWNTIME,
        "whom this rule let in can't connect any more",
        "add the rule that follows it first",
        "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
    )


def _proxy(_properties: Properties) -> Removal:
    return Removal(
        Risk.DOWNTIME,
        "applications that connect through it are cut off",
        "point them at the database, or at the new proxy, first",
        GUIDE + "rds-proxy-managing.html",
    )


def _password(_properties: Properties) -> Removal:
    return Removal(
        Risk.DOWNTIME,
        "applications that hold this password are locked out until they read the secret anew",
        "let applications read the secret at each connection, or rotate instead",
        "https://www.pulumi.com/registry/packages/random/api-docs/randompassword/",
    )


def _alias(_properties: Properties) -> Removal:
    return Removal(
        Risk.DOWNTIME,
        "who names the key by it can't use the key any more; RDS keeps a key's ARN and goes on",
        "make the other alias first",
        "https://docs.aws.amazon.com/kms/latest/developerguide/alias-about.html",
    )


def _global(_properties: Properties) -> Removal:
    return Removal(
        Risk.DOWNTIME,
        "AWS refuses while clusters are in it; taken out, they stand alone, and secondaries get no more changes",
        "take the secondaries out, one by one, first",
        AURORA + "aurora-global-database-managing.html",
    )


def _subnet(_properties: Properties) -> Removal:
    return Removal(
        Risk.ONLINE,
        "AWS refuses while something has an address in it: the deployment stops there",
        "move out what is in it first",
        "https://docs.aws.amazon.com/vpc/latest/userguide/delete-vpc.html",
    )


def _way(_properties: Properties) -> Removal:
    return Removal(
        Risk.DOWNTIME,
        "what is sent through it arrives no more",
        "make the other way first",
        "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html",
    )


def _endpoint(_properties: Properties) -> Removal:
    return Removal(
        Risk.DOWNTIME,
        "without another way out, the VPC reaches the service no more",
        "make the other way first",
        "https://docs.aws.amazon.com/vpc/latest/privatelink/interface-endpoints.html",
    )


def _custom_endpoint(_properties: Properties) -> Removal:
    return Removal(
        Risk.DOWNTIME,
        "its host name is gone: who connects by it is cut off",
        "point clients at another endpoint first",
        AURORA + "Aurora.Endpoints.Custom.html",
    )


def _container(properties: Properties) -> Removal:
    if _keeps_data(properties):
        return Removal(
            Risk.DOWNTIME,
            "nobody is served until a container is up again; what is in its volumes is kept",
            source=docker.VOLUMES,
        )
    return Removal(
        Risk.DATA_LOSS,
        "it has no volume: what was written in it goes with it",
        "give it a volume, and copy into it what is to stay",
        docker.STORAGE,
    )


def _keeps_data(properties: Properties) -> bool:
    """Whether a container writes into something that outlives it."""
    given = [*_entries(properties.get("volumes")), *_entries(properties.get("mounts"))]
    return any(
        not one.get("readOnly")
        and (one.get("volumeName") or one.get("hostPath") or one.get("fromContainer") or one.get("source"))
        for one in given
    )


def _entries(value: object) -> list[Mapping[str, Any]]:
    found = cast(list[object], value) if isinstance(value, list) else []
    return [cast(Mapping[str, Any], one) for one in found if isinstance(one, Mapping)]


def _volume(_properties: Properties) -> Removal:
    return Removal(
        Risk.DATA_LOSS,
        "the volume and all that is in it are deleted",
        "copy it first: dbstack local snapshot",
        docker.VOLUMES,
    )


def _network(_properties: Properties) -> Removal:
    return Removal(
        Risk.DOWNTIME,
        "containers on it reach each other no more; Docker refuses while one is on it",
        "move the containers to another network first",
        docker.NETWORK.source,
    )


RULES: Mapping[str, Callable[[Properties], Removal]] = {
    "aws:rds/instance:Instance": _instance,
    "aws:rds/cluster:Cluster": _cluster,
    "aws:rds/clusterInstance:ClusterInstance": _member,
    "aws:secretsmanager/secret:Secret": _secret,
    "aws:kms/key:Key": _key,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _let_in,
    "random:index/randomPassword:RandomPassword": _password,
    "aws:rds/proxy:Proxy": _proxy,
    "aws:rds/proxyEndpoint:ProxyEndpoint": _proxy,
    "aws:rds/proxyTarget:ProxyTarget": _proxy,
    "aws:rds/clusterEndpoint:ClusterEndpoint": _custom_endpoint,
    "aws:rds/globalCluster:GlobalCluster": _global,
    "aws:kms/alias:Alias": _alias,
    "aws:ec2/vpc:Vpc": _subnet,
    "aws:ec2/subnet:Subnet": _subnet,
    "aws:ec2/routeTable:RouteTable": _way,
    "aws:ec2/routeTableAssociation:RouteTableAssociation": _way,
    "aws:ec2/internetGateway:InternetGateway": _way,
    "aws:ec2/vpcEndpoint:VpcEndpoint": _endpoint,
    "docker:index/container:Container": _container,
    "docker:index/volume:Volume": _volume,
    "docker:index/network:Network": _network,
}


def removal(type_token: str, properties: Properties) -> Removal:
    """What the end of a resource with these properties does; of a type that no table knows: UNKNOWN."""
    rule = RULES.get(type_token)
    if rule is not None:
        return rule(properties)
    table = rules_of(type_token)
    if table is None:
        return Removal(Risk.UNKNOWN, "dbstack doesn't know what this resource holds")
    if table.stateful:
        return Removal(Risk.DATA_LOSS, "what it holds goes with it", source=table.source)
    return Removal(Risk.ONLINE, source=table.source)

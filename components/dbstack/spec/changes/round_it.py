"""What a change does to the RDS resources round a database: groups, proxies, event subscriptions, copied backups."""

from collections.abc import Mapping
from typing import Any, cast

from dbstack.spec.changes import instance as rds
from dbstack.spec.changes.model import (
    KEPT,
    NOT_SENT,
    PREFIX,
    REGION,
    TAGS,
    Properties,
    Rule,
    TypeRules,
    When,
    downtime,
    online,
    reboot,
    replaces,
    unknown,
)

GUIDE = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/"
AURORA = "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/"
PROVIDER = "https://www.pulumi.com/registry/packages/aws/api-docs/rds/"
PARAMETERS = GUIDE + "USER_WorkingWithParamGroups.html"
MODIFY_GLOBAL = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyGlobalCluster.html"
PROXY = GUIDE + "rds-proxy-managing.html"
_NAMED = replaces("a group can't be renamed")


def _all_at_once(old: Any, new: Any, _properties: Properties) -> bool | None:
    """Whether every changed parameter is sent as `immediate`, which AWS takes for dynamic ones only."""
    before, after = _by_name(old), _by_name(new)
    if before is None or after is None:
        return None
    # One that is taken away is set back in the way in which it was set.
    changed = [
        after.get(name, before.get(name))
        for name in before.keys() | after.keys()
        if before.get(name) != after.get(name)
    ]
    return all(one is not None and one.get("applyMethod", "immediate") == "immediate" for one in changed)


def _by_name(parameters: Any) -> dict[str, Mapping[str, Any]] | None:
    if parameters is None:
        return {}
    if not isinstance(parameters, list):
        return None
    found: dict[str, Mapping[str, Any]] = {}
    for one in cast(list[object], parameters):
        name = cast(Mapping[str, Any], one).get("name") if isinstance(one, Mapping) else None
        if not isinstance(name, str):
            return None
        found[name] = cast(Mapping[str, Any], one)
    return found


_PARAMETERS = (
    online(
        "dynamic parameters, in force at once",
        condition="every changed parameter has the apply method immediate",
        test=_all_at_once,
    ),
    reboot("in force after a reboot, which RDS doesn't make by itself", When.RESTART),
)


def _switched_on(_old: Any, new: Any, _properties: Properties) -> bool | None:
    return new if isinstance(new, bool) else None


_COMMON: dict[str, tuple[Rule, ...]] = {"region": (REGION,), "tags": (TAGS,), "tagsAll": (TAGS,)}

PARAMETER_GROUP = TypeRules(
    "aws:rds/parameterGroup:ParameterGroup",
    stateful=False,
    source=PARAMETERS,
    rules={
        **_COMMON,
        "description": (replaces("only a new group gets another description"),),
        "family": (replaces("a group is of one family; the database moves to the new group"),),
        "name": (KEPT, _NAMED),
        "namePrefix": (KEPT, PREFIX),
        "parameters": _PARAMETERS,
        "skipDestroy": (
            online("the group is left in AWS when it is deleted here", source=PROVIDER + "parametergroup/"),
        ),
    },
)
CLUSTER_PARAMETER_GROUP = TypeRules(
    "aws:rds/clusterParameterGroup:ClusterParameterGroup",
    stateful=False,
    source=AURORA + "USER_WorkingWithParamGroups.html",
    rules={name: rules for name, rules in PARAMETER_GROUP.rules.items() if name != "skipDestroy"},
)
OPTION_GROUP = TypeRules(
    "aws:rds/optionGroup:OptionGroup",
    stateful=False,
    source=GUIDE + "USER_WorkingWithOptionGroups.html",
    rules={
        **_COMMON,
        "engineName": (replaces("a group is for one engine"),),
        "majorEngineVersion": (replaces("a group is for one major version; snapshots may hold the old one"),),
        "name": (KEPT, _NAMED),
        "namePrefix": (KEPT, PREFIX),
        "optionGroupDescription": (replaces("only a new group gets another description"),),
        "options": (
            downtime(
                "some options restart the database or can't be taken away again: see AWS's page of the option",
                When.NOW,
            ),
        ),
        "skipDestroy": (
            online("the group is left in AWS when it is deleted here", source=PROVIDER + "optiongroup/"),
        ),
    },
)
SUBNET_GROUP = TypeRules(
    "aws:rds/subnetGroup:SubnetGroup",
    stateful=False,
    source=GUIDE + "USER_VPC.WorkingWithRDSInstanceinaVPC.html",
    rules={
        **_COMMON,
        "description": (online(),),
        "name": (KEPT, replaces("and RDS refuses to move an instance to another group of its VPC")),
        "namePrefix": (KEPT, PREFIX),
        "subnetIds": (online("a subnet in use can't be taken away"),),
    },
)
_RECONNECT = "clients must connect to the new one"
PROXY_ITSELF = TypeRules(
    "aws:rds/proxy:Proxy",
    stateful=False,
    source=PROXY,
    rules={
        **_COMMON,
        "auths": (online(),),
        "debugLogging": (online(),),
        "defaultAuthScheme": (KEPT, online()),
        "endpointNetworkType": (KEPT, replaces(_RECONNECT)),
        "engineFamily": (replaces(_RECONNECT),),
        "idleClientTimeout": (KEPT, online()),
        "name": (KEPT, downtime("the host name changes: clients must follow", When.NOW)),
        "requireTls": (
            downtime(
                "clients without TLS are refused from then on",
                When.NOW,
                condition="it is switched on",
                test=_switched_on,
            ),
            online(),
        ),
        "roleArn": (online(),),
        "targetConnectionNetworkType": (KEPT, replaces(_RECONNECT)),
        "vpcSecurityGroupIds": (KEPT, online()),
        "vpcSubnetIds": (replaces(_RECONNECT),),
    },
)
PROXY_TARGET_GROUP = TypeRules(
    "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup",
    stateful=False,
    source=PROXY,
    rules={
        "connectionPoolConfig": (KEPT, online()),
        "dbProxyName": (replaces(),),
        "region": (REGION,),
    },
)
PROXY_TARGET = TypeRules(
    "aws:rds/proxyTarget:ProxyTarget",
    stateful=False,
    source=PROXY,
    rules={
        "dbClusterIdentifier": (replaces("the proxy has no target meanwhile"),),
        "dbInstanceIdentifier": (replaces("the proxy has no target meanwhile"),),
        "dbProxyName": (replaces(),),
        "region": (REGION,),
        "targetGroupName": (replaces(),),
    },
)
PROXY_ENDPOINT = TypeRules(
    "aws:rds/proxyEndpoint:ProxyEndpoint",
    stateful=False,
    source=GUIDE + "rds-proxy-endpoints.html",
    rules={
        **_COMMON,
        "dbProxyEndpointName": (replaces(_RECONNECT),),
        "dbProxyName": (replaces(_RECONNECT),),
        "targetRole": (replaces(_RECONNECT),),
        "vpcSecurityGroupIds": (KEPT, online()),
        "vpcSubnetIds": (replaces(_RECONNECT),),
    },
)
EVENT_SUBSCRIPTION = TypeRules(
    "aws:rds/eventSubscription:EventSubscription",
    stateful=False,
    source=GUIDE + "USER_Events.Subscribing.html",
    rules={
        **_COMMON,
        "enabled": (online(),),
        "eventCategories": (online(),),
        "name": (KEPT, replaces("a subscription can't be renamed")),
        "namePrefix": (KEPT, PREFIX),
        "snsTopic": (online(),),
        "sourceIds": (online(),),
        "sourceType": (online(),),
    },
)
_COPIES = "backups copied so far stay in the other region until their time is over; the copying begins anew"
BACKUPS_REPLICATION = TypeRules(
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication",
    # Stopped, it leaves the copies that there are.
    stateful=False,
    source=GUIDE + "USER_ReplicateBackups.html",
    rules={
        "kmsKeyId": (KEPT, replaces(_COPIES)),
        "preSignedUrl": (replaces(_COPIES),),
        "region": (REGION,),
        "retentionPeriod": (replaces(_COPIES),),
        "sourceDbInstanceArn": (replaces(_COPIES),),
    },
)
ROLE_ASSOCIATION = TypeRules(
    "aws:rds/roleAssociation:RoleAssociation",
    stateful=False,
    source=GUIDE + "USER_ModifyInstance.Settings.html",
    rules={
        "dbInstanceIdentifier": (replaces(),),
        "featureName": (replaces(),),
        "region": (REGION,),
        "roleArn": (replaces("the feature has no role meanwhile"),),
    },
)
CLUSTER_ROLE_ASSOCIATION = TypeRules(
    "aws:rds/clusterRoleAssociation:ClusterRoleAssociation",
    stateful=False,
    source=AURORA + "AuroraMySQL.Integrating.Authorizing.IAM.AddRoleToDBCluster.html",
    rules={
        "dbClusterIdentifier": (replaces(),),
        "featureName": (replaces(),),
        "region": (REGION,),
        "roleArn": (replaces("the feature has no role meanwhile"),),
    },
)
_STREAM = "the stream ends and is started anew: what is done meanwhile is in none"
ACTIVITY_STREAM = TypeRules(
    "aws:rds/clusterActivityStream:ClusterActivityStream",
    stateful=False,
    source=AURORA + "DBActivityStreams.html",
    rules={
        "engineNativeAuditFieldsIncluded": (replaces(_STREAM),),
        "kmsKeyId": (replaces(_STREAM),),
        "mode": (replaces(_STREAM),),
        "region": (REGION,),
        "resourceArn": (replaces(_STREAM),),
    },
)
SHARD_GROUP = TypeRules(
    "aws:rds/shardGroup:ShardGroup",
    # The shards hold the data of the cluster.
    stateful=True,
    source=AURORA + "limitless-shard.html",
    rules={
        **_COMMON,
        "computeRedundancy": (online("standbys are added or taken away"),),
        "dbClusterIdentifier": (replaces(),),
        "dbShardGroupIdentifier": (replaces(),),
        "maxAcu": (online("routers and shards may be added"),),
        "minAcu": (KEPT, online()),
        "publiclyAccessible": (KEPT, replaces()),
        "timeouts": (online("only the deployment waits longer or shorter"),),
    },
)
CLUSTER_ENDPOINT = TypeRules(
    "aws:rds/clusterEndpoint:ClusterEndpoint",
    stateful=False,
    source=AURORA + "Aurora.Endpoints.Custom.html",
    rules={
        **_COMMON,
        "clusterEndpointIdentifier": (replaces(_RECONNECT),),
        "clusterIdentifier": (replaces(_RECONNECT),),
        "customEndpointType": (online("open connections stay"),),
        "excludedMembers": (online("open connections stay"),),
        "staticMembers": (online("open connections stay"),),
    },
)
_TAKEN_ANEW = replaces("the old snapshot is deleted, and one of the data as they are now is taken")
SNAPSHOTS = tuple(
    TypeRules(
        token,
        stateful=True,
        source=source,
        rules={
            **_COMMON,
            owner: (_TAKEN_ANEW,),
            name: (_TAKEN_ANEW,),
            "sharedAccounts": (online("who may restore it"),),
        },
    )
    for token, owner, name, source in (
        (
            "aws:rds/snapshot:Snapshot",
            "dbInstanceIdentifier",
            "dbSnapshotIdentifier",
            GUIDE + "USER_DeleteSnapshot.html",
        ),
        (
            "aws:rds/clusterSnapshot:ClusterSnapshot",
            "dbClusterIdentifier",
            "dbClusterSnapshotIdentifier",
            AURORA + "USER_DeleteSnapshot.html",
        ),
    )
)
_GLOBAL = "its clusters must leave it first: they stand alone then, and a secondary can't come back but anew"
GLOBAL_CLUSTER = TypeRules(
    "aws:rds/globalCluster:GlobalCluster",
    # The data are its clusters'.
    stateful=False,
    source=AURORA + "aurora-global-database.html",
    rules={
        **_COMMON,
        "databaseName": (KEPT, replaces(_GLOBAL)),
        "deletionProtection": (online(),),
        "engine": (KEPT, replaces(_GLOBAL)),
        "engineLifecycleSupport": (
            KEPT,
            unknown(source=MODIFY_GLOBAL),
        ),
        # Modifying a global cluster knows no window, and the provider consents to a major by itself.
        "engineVersion": rds.version(AURORA + "aurora-global-database-upgrade.html", When.NOW, consent=False),
        "forceDestroy": (NOT_SENT,),
        "globalClusterIdentifier": (replaces(_GLOBAL),),
        "sourceDbClusterIdentifier": (KEPT, replaces(_GLOBAL)),
        "storageEncrypted": (KEPT, replaces(_GLOBAL)),
    },
)
CLONING = AURORA + "Aurora.Managing.Clone.Cross-Account.html"
_CLONES = "clones that are there stay"
RESOURCE_SHARE = TypeRules(
    "aws:ram/resourceShare:ResourceShare",
    stateful=False,
    source=CLONING,
    rules={
        **_COMMON,
        "allowExternalPrincipals": (online(),),
        "name": (KEPT, online()),
        "permissionArns": (KEPT, replaces("nobody else may use what is shared meanwhile")),
        "resourceShareConfiguration": (unknown(),),
    },
)
RESOURCE_ASSOCIATION = TypeRules(
    "aws:ram/resourceAssociation:ResourceAssociation",
    stateful=False,
    source=CLONING,
    rules={
        "region": (REGION,),
        "resourceArn": (replaces(_CLONES),),
        "resourceShareArn": (replaces(_CLONES),),
    },
)
PRINCIPAL_ASSOCIATION = TypeRules(
    "aws:ram/principalAssociation:PrincipalAssociation",
    stateful=False,
    source=CLONING,
    rules={
        "principal": (replaces(_CLONES),),
        "region": (REGION,),
        "resourceShareArn": (replaces(_CLONES),),
    },
)

TYPES = (
    ACTIVITY_STREAM,
    SHARD_GROUP,
    CLUSTER_ENDPOINT,
    *SNAPSHOTS,
    GLOBAL_CLUSTER,
    RESOURCE_SHARE,
    RESOURCE_ASSOCIATION,
    PRINCIPAL_ASSOCIATION,
    PARAMETER_GROUP,
    CLUSTER_PARAMETER_GROUP,
    OPTION_GROUP,
    SUBNET_GROUP,
    PROXY_ITSELF,
    PROXY_TARGET_GROUP,
    PROXY_TARGET,
    PROXY_ENDPOINT,
    EVENT_SUBSCRIPTION,
    BACKUPS_REPLICATION,
    ROLE_ASSOCIATION,
    CLUSTER_ROLE_ASSOCIATION,
)

"""The served types of `pulumi_docker` 5.2: their properties, and which of them a change replaces.

What replaces is `ForceNew` in the provider that pulumi_docker bridges:
https://github.com/kreuzwerker/terraform-provider-docker/tree/master/internal/provider (resource_docker_*.go).
"""

from dbstack.sandbox.aws.errors import NotServed
from dbstack.sandbox.aws.model import Handler, Naming, Prop, ResourceType
from dbstack.sandbox.aws.table import nearest

CONTAINER = "docker:index/container:Container"
NETWORK = "docker:index/network:Network"
VOLUME = "docker:index/volume:Volume"
IMAGE = "docker:index/remoteImage:RemoteImage"

_TEXT, _FLAG, _NUMBER = Prop(), Prop("bool"), Prop("int")
_NEEDED = Prop(required=True)
_LABELS = Prop("object_set", replaces=True, fields={"label": _NEEDED, "value": _NEEDED})
_FIXED = Prop(replaces=True)
_FIXED_LIST, _FIXED_SET = Prop("list", replaces=True), Prop("set", replaces=True)
_FIXED_MAP, _FIXED_FLAG = Prop("map", replaces=True), Prop("bool", replaces=True)
_FIXED_NUMBER = Prop("int", replaces=True)

_NETWORK_DATA = Prop(
    "objects",
    output=True,
    fields={
        "networkName": _TEXT,
        "ipAddress": _TEXT,
        "ipPrefixLength": _NUMBER,
        "gateway": _TEXT,
        "macAddress": _TEXT,
    },
)

_CONTAINER: dict[str, Prop] = {
    "name": Prop(required=True, replaces=True),
    "image": Prop(required=True, replaces=True),
    "command": _FIXED_LIST,
    "entrypoints": _FIXED_LIST,
    "envs": _FIXED_SET,
    "labels": _LABELS,
    "hostname": _FIXED,
    "domainname": _FIXED,
    "user": _FIXED,
    "workingDir": _FIXED,
    "stopSignal": _FIXED,
    "stopTimeout": _FIXED_NUMBER,
    "readOnly": _FIXED_FLAG,
    "privileged": _FIXED_FLAG,
    "init": _FLAG,
    "tty": _FIXED_FLAG,
    "stdinOpen": _FIXED_FLAG,
    "networkMode": _FIXED,
    "groupAdds": _FIXED_SET,
    "dns": _FIXED_SET,
    "dnsOpts": _FIXED_SET,
    "dnsSearches": _FIXED_SET,
    "securityOpts": _FIXED_SET,
    "sysctls": _FIXED_MAP,
    "storageOpts": _FIXED_MAP,
    "logDriver": _FIXED,
    "logOpts": _FIXED_MAP,
    "shmSize": _FIXED_NUMBER,
    # Docker can't change the mounts of a container either; upstream leaves an edit of it without effect.
    "tmpfs": _FIXED_MAP,
    "capabilities": Prop("object", replaces=True, fields={"adds": Prop("set"), "drops": Prop("set")}),
    "hosts": Prop("object_set", replaces=True, fields={"host": _NEEDED, "ip": _NEEDED}),
    "ulimits": Prop(
        "object_set",
        replaces=True,
        fields={
            "name": _NEEDED,
            "soft": Prop("int", required=True),
            "hard": Prop("int", required=True),
        },
    ),
    "ports": Prop(
        "objects",
        replaces=True,
        fields={
            "internal": Prop("int", required=True),
            "external": Prop("int", computed=False),
            "ip": Prop(default="0.0.0.0"),
            "protocol": Prop(default="tcp"),
        },
    ),
    "volumes": Prop(
        "object_set",
        replaces=True,
        fields={
            "volumeName": _TEXT,
            "hostPath": _TEXT,
            "containerPath": _TEXT,
            "fromContainer": _TEXT,
            "readOnly": _FLAG,
        },
    ),
    "mounts": Prop(
        "object_set",
        replaces=True,
        fields={
            "target": _NEEDED,
            "type": _NEEDED,
            "source": _TEXT,
            "readOnly": _FLAG,
            "tmpfsOptions": Prop("object", fields={"sizeBytes": _NUMBER, "mode": _NUMBER}),
        },
    ),
    "uploads": Prop(
        "object_set",
        replaces=True,
        fields={
            "file": _NEEDED,
            "content": _TEXT,
            "contentBase64": _TEXT,
            "source": _TEXT,
            "sourceHash": _TEXT,
            "executable": _FLAG,
            "permissions": _TEXT,
            "owner": _TEXT,
            "group": _TEXT,
        },
    ),
    "networksAdvanced": Prop(
        "object_set",
        replaces=True,
        fields={"name": _NEEDED, "aliases": Prop("set"), "ipv4Address": _TEXT, "ipv6Address": _TEXT},
    ),
    # Docker has no way to change it in place, and upstream's update changes nothing: here it takes effect.
    "healthcheck": Prop(
        "object",
        replaces=True,
        fields={
            "tests": Prop("list", required=True),
            "interval": _TEXT,
            "timeout": _TEXT,
            "startPeriod": _TEXT,
            "startInterval": _TEXT,
            "retries": _NUMBER,
        },
    ),
    "restart": Prop(default="no"),
    "maxRetryCount": _NUMBER,
    "memory": _NUMBER,
    "memorySwap": _NUMBER,
    "cpuShares": _NUMBER,
    "cpuSet": _TEXT,
    "cpus": _TEXT,
    "start": Prop("bool", default=True),
    "mustRun": Prop("bool", default=True),
    "wait": Prop("bool", default=False),
    "waitTimeout": Prop("int", default=60),
    "rm": Prop("bool", default=False),
    "removeVolumes": Prop("bool", default=True),
    "destroyGraceSeconds": _NUMBER,
    "containerReadRefreshTimeoutMilliseconds": _NUMBER,
    "bridge": Prop(output=True),
    "exitCode": Prop("int", output=True),
    "networkDatas": _NETWORK_DATA,
}

_NETWORK: dict[str, Prop] = {
    "name": Prop(replaces=True),
    "driver": Prop(computed=True, replaces=True),
    "internal": Prop("bool", computed=True, replaces=True),
    "attachable": _FIXED_FLAG,
    "ipv6": _FIXED_FLAG,
    "labels": _LABELS,
    "options": Prop("map", computed=True, replaces=True),
    "ipamDriver": _FIXED,
    "ipamConfigs": Prop(
        "object_set",
        computed=True,
        replaces=True,
        fields={"subnet": _TEXT, "gateway": _TEXT, "ipRange": _TEXT, "auxAddress": Prop("map")},
    ),
    "scope": Prop(output=True),
}

_VOLUME: dict[str, Prop] = {
    "name": Prop(replaces=True),
    "driver": Prop(computed=True, replaces=True),
    "driverOpts": _FIXED_MAP,
    "labels": _LABELS,
    "mountpoint": Prop(output=True),
}

_IMAGE: dict[str, Prop] = {
    "name": Prop(required=True, replaces=True),
    "keepLocally": _FLAG,
    "forceRemove": _FLAG,
    "platform": _FIXED,
    "pullTriggers": _FIXED_SET,
    "triggers": _FIXED_MAP,
    "build": Prop("object", refused="it pulls images and builds none"),
    "imageId": Prop(output=True),
    "repoDigest": Prop(output=True),
}

_NAMED = Naming("name", blocked_by=())
_NOTHING = Handler()
TYPES: dict[str, ResourceType] = {
    token: ResourceType(
        token=token, service="docker", noun=noun, props=props, handler=_NOTHING, naming=naming
    )
    for token, noun, props, naming in (
        (CONTAINER, "Container", _CONTAINER, _NAMED),
        (NETWORK, "Docker network", _NETWORK, _NAMED),
        (VOLUME, "Docker volume", _VOLUME, _NAMED),
        (IMAGE, "Docker image", _IMAGE, None),
    )
}


def resource_type(token: str) -> ResourceType:
    """The served type. Raises NotServed, with the nearest one, for any other."""
    if token not in TYPES:
        raise NotServed(
            f"the sandbox does not serve the resource type {token}; {nearest(token, list(TYPES))}"
        )
    return TYPES[token]

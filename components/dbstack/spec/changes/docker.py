"""What a change does to containers, their volumes, networks and images."""

from dbstack.spec.changes.model import (
    KEPT,
    NOT_SENT,
    TypeRules,
    When,
    downtime,
    online,
    replaces,
    unknown,
)

DOCS = "https://docs.docker.com/"
PROVIDER = "https://www.pulumi.com/registry/packages/docker/api-docs/"
STORAGE = DOCS + "engine/storage/"
VOLUMES = STORAGE + "volumes/"
UPDATE = DOCS + "reference/cli/docker/container/update/"

_ANEW = downtime("a new container; what is in its volumes is kept", When.NOW)
_RUNNING = online("Docker changes the running container", source=UPDATE)

CONTAINER = TypeRules(
    "docker:index/container:Container",
    # What it wrote outside its volumes is in the container alone; removal.py looks whether it has any.
    stateful=False,
    source=PROVIDER + "container/",
    rules={
        **dict.fromkeys(
            (
                *("capabilities", "cgroupParent", "cgroupnsMode", "command", "cpuPeriod", "cpuQuota"),
                *("deviceCgroupRules", "deviceReadBps", "deviceReadIops", "deviceRequests", "deviceWriteBps"),
                *("deviceWriteIops", "devices", "dns", "dnsOpts", "dnsSearches", "domainname", "entrypoints"),
                *("envs", "gpus", "groupAdds", "healthcheck", "hostname", "hosts", "ipcMode"),
                *(
                    "labels",
                    "logDriver",
                    "logOpts",
                    "memoryReservation",
                    "networkMode",
                    "pidMode",
                    "platform",
                ),
                *("privileged", "readOnly", "runtime", "securityOpts", "shmSize", "stdinOpen", "stopSignal"),
                *("stopTimeout", "storageOpts", "sysctls", "tmpfs", "tty", "ulimits", "uploads", "user"),
                *("usernsMode", "workingDir"),
            ),
            (_ANEW,),
        ),
        "init": (unknown(),),
        "image": (
            downtime(
                "a new container; another major of a database doesn't start on the data of the one before",
                When.NOW,
                way_out="for another major: dump, start on a new volume, and load",
            ),
        ),
        "mounts": (downtime("a new container: what is no longer mounted is no longer seen", When.NOW),),
        "name": (downtime("a new container: clients on its networks must follow", When.NOW),),
        "networksAdvanced": (downtime("a new container: clients on its networks must follow", When.NOW),),
        "ports": (downtime("a new container: clients must follow to another port", When.NOW),),
        "publishAllPorts": (downtime("a new container: clients must follow to another port", When.NOW),),
        "volumes": (
            downtime(
                "a new container: what is in a volume that is no longer mounted is no longer seen",
                When.NOW,
                source=VOLUMES,
            ),
        ),
        **dict.fromkeys(
            ("cpuSet", "cpuShares", "cpus", "maxRetryCount", "memory", "memorySwap", "restart"), (_RUNNING,)
        ),
        **dict.fromkeys(
            (
                *("attach", "containerReadRefreshTimeoutMilliseconds", "destroyGraceSeconds", "logs"),
                *("mustRun", "removeVolumes", "rm", "start", "wait", "waitTimeout"),
            ),
            (NOT_SENT,),
        ),
    },
)
_GONE = replaces("Docker can't change a volume: the new one is empty")
VOLUME = TypeRules(
    "docker:index/volume:Volume",
    stateful=True,
    source=VOLUMES,
    rules={
        "cluster": (_GONE,),
        "driver": (KEPT, _GONE),
        "driverOpts": (_GONE,),
        "labels": (_GONE,),
        "name": (KEPT, _GONE),
    },
)
_NETWORK = replaces("Docker can't change a network: its containers are made anew on the new one")
NETWORK = TypeRules(
    "docker:index/network:Network",
    stateful=False,
    source=DOCS + "engine/network/",
    rules={
        name: (KEPT, _NETWORK) if name in ("name", "driver") else (_NETWORK,)
        for name in (
            *("attachable", "driver", "ingress", "internal", "ipamConfigs", "ipamDriver", "ipamOptions"),
            *("ipv6", "labels", "name", "options"),
        )
    },
)
_PULLED = replaces("containers are made anew from another image")
IMAGE = TypeRules(
    "docker:index/remoteImage:RemoteImage",
    stateful=False,
    source=PROVIDER + "remoteimage/",
    rules={
        "build": (_PULLED,),
        "forceRemove": (NOT_SENT,),
        "keepLocally": (NOT_SENT,),
        "name": (_PULLED,),
        "platform": (KEPT, _PULLED),
        "pullTriggers": (_PULLED,),
        "triggers": (_PULLED,),
    },
)

TYPES = (CONTAINER, VOLUME, NETWORK, IMAGE)

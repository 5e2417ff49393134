"""From a container's properties to the body of Docker's create call and to the files put into it."""

import base64
import io
import re
import tarfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dbstack.sandbox.aws.model import Props
from dbstack.sandbox.wire import listed, mapping

MIB = 1024 * 1024
_UNITS = {"ns": 1, "us": 1_000, "µs": 1_000, "ms": 1_000_000, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")
START_INTERVAL_SINCE = (1, 44)

# Property -> member of the create call's body; of its HostConfig.
_CONFIG = {
    "image": "Image",
    "command": "Cmd",
    "entrypoints": "Entrypoint",
    "envs": "Env",
    "hostname": "Hostname",
    "domainname": "Domainname",
    "user": "User",
    "workingDir": "WorkingDir",
    "stopSignal": "StopSignal",
    "stopTimeout": "StopTimeout",
    "tty": "Tty",
    "stdinOpen": "OpenStdin",
}
_HOST = {
    "networkMode": "NetworkMode",
    "readOnly": "ReadonlyRootfs",
    "privileged": "Privileged",
    "init": "Init",
    "rm": "AutoRemove",
    "groupAdds": "GroupAdd",
    "dns": "Dns",
    "dnsOpts": "DnsOptions",
    "dnsSearches": "DnsSearch",
    "securityOpts": "SecurityOpt",
    "sysctls": "Sysctls",
    "storageOpts": "StorageOpt",
    "tmpfs": "Tmpfs",
    "cpuShares": "CpuShares",
    "cpuSet": "CpusetCpus",
}
# In MiB there, in bytes here.
_SIZES = {"memory": "Memory", "memorySwap": "MemorySwap", "shmSize": "ShmSize"}


def nanoseconds(text: str) -> int | None:
    """A duration as Go writes it (`1m30s`, `500ms`) in nanoseconds; None where it is none."""
    if text in ("", "0"):
        return 0
    parts = _PART.findall(text)
    if "".join(number + unit for number, unit in parts) != text:
        return None
    return int(sum(float(number) * _UNITS[unit] for number, unit in parts))


def labels(value: object) -> dict[str, str]:
    """Pulumi's list of labels as Docker's map."""
    return {str(item["label"]): str(item["value"]) for item in listed(value)}


def _renamed(props: Props, names: Mapping[str, str]) -> dict[str, Any]:
    return {member: props[name] for name, member in names.items() if props.get(name) is not None}


def healthcheck(value: object, version: tuple[int, ...]) -> dict[str, Any] | None:
    """Docker's form of a health check. An engine that knows no start interval is not asked for one."""
    given = mapping(value)
    if not given:
        return None
    times = {"Interval": "interval", "Timeout": "timeout", "StartPeriod": "startPeriod"}
    if version >= START_INTERVAL_SINCE:
        times["StartInterval"] = "startInterval"
    found = {member: nanoseconds(str(given[name])) or 0 for member, name in times.items() if given.get(name)}
    return {"Test": list(given["tests"]), "Retries": given.get("retries") or 0, **found}


def restart_policy(props: Props) -> dict[str, Any]:
    """Docker's form of when a container is started again."""
    count = props.get("maxRetryCount") or 0
    return {"Name": props.get("restart") or "no", "MaximumRetryCount": count}


def limits(props: Props) -> dict[str, Any]:
    """Memory and processor limits."""
    found = {member: _bytes(props[name]) for name, member in _SIZES.items() if props.get(name)}
    if props.get("cpus"):
        found["NanoCpus"] = int(float(props["cpus"]) * 1e9)
    return found


def _bytes(mebibytes: int) -> int:
    # -1 means without a limit.
    return mebibytes * MIB if mebibytes > 0 else mebibytes


def _volumes(props: Props) -> dict[str, Any]:
    binds: list[str] = []
    anonymous: dict[str, Any] = {}
    others: list[str] = []
    for item in listed(props.get("volumes")):
        source, target = item.get("volumeName") or item.get("hostPath"), item.get("containerPath")
        mode = "ro" if item.get("readOnly") else "rw"
        if item.get("fromContainer"):
            others.append(f"{item['fromContainer']}:{mode}")
        elif source:
            binds.append(f"{source}:{target}:{mode}")
        else:
            anonymous[str(target)] = {}
    return {"binds": binds, "anonymous": anonymous, "from": others}


def _mount(item: Mapping[str, Any]) -> dict[str, Any]:
    options = mapping(item.get("tmpfsOptions")) or {}
    mount: dict[str, Any] = {
        "Type": item["type"],
        "Target": item["target"],
        "ReadOnly": bool(item.get("readOnly")),
    }
    if item.get("source"):
        mount["Source"] = item["source"]
    if options:
        mount["TmpfsOptions"] = {
            "SizeBytes": options.get("sizeBytes") or 0,
            "Mode": options.get("mode") or 0,
        }
    return mount


def _port_key(item: Mapping[str, Any]) -> str:
    return f"{item['internal']}/{item.get('protocol') or 'tcp'}"


def _endpoint(item: Mapping[str, Any]) -> dict[str, Any]:
    addresses = {"IPv4Address": item.get("ipv4Address"), "IPv6Address": item.get("ipv6Address")}
    fixed = {key: value for key, value in addresses.items() if value}
    return {"Aliases": list(item.get("aliases") or []), **({"IPAMConfig": fixed} if fixed else {})}


def endpoints(props: Props) -> dict[str, dict[str, Any]]:
    """The networks that a container joins, by name."""
    return {str(item["name"]): _endpoint(item) for item in listed(props.get("networksAdvanced"))}


def body(props: Props, version: tuple[int, ...]) -> dict[str, Any]:
    """The body of `POST /containers/create`; further networks than the first are joined afterwards."""
    volumes, networks = _volumes(props), endpoints(props)
    host: dict[str, Any] = {
        **_renamed(props, _HOST),
        **limits(props),
        "RestartPolicy": restart_policy(props),
        "Binds": volumes["binds"],
        "VolumesFrom": volumes["from"],
        "Mounts": [_mount(item) for item in listed(props.get("mounts"))],
        "PortBindings": {},
        "ExtraHosts": [f"{item['host']}:{item['ip']}" for item in listed(props.get("hosts"))],
        "Ulimits": [
            {"Name": item["name"], "Soft": item["soft"], "Hard": item["hard"]}
            for item in listed(props.get("ulimits"))
        ],
    }
    for item in listed(props.get("ports")):
        outside = str(item["external"]) if item.get("external") else ""
        bound = {"HostIp": item.get("ip") or "0.0.0.0", "HostPort": outside}
        host["PortBindings"].setdefault(_port_key(item), []).append(bound)
    if capabilities := mapping(props.get("capabilities")):
        host |= {"CapAdd": capabilities.get("adds"), "CapDrop": capabilities.get("drops")}
    if props.get("logDriver") or props.get("logOpts"):
        host["LogConfig"] = {"Type": props.get("logDriver") or "", "Config": props.get("logOpts") or {}}
    config: dict[str, Any] = {
        **_renamed(props, _CONFIG),
        "Labels": labels(props.get("labels")),
        "Volumes": volumes["anonymous"],
        "ExposedPorts": {_port_key(item): {} for item in listed(props.get("ports"))},
        "HostConfig": host,
    }
    if check := healthcheck(props.get("healthcheck"), version):
        config["Healthcheck"] = check
    if networks:
        first = next(iter(networks))
        host["NetworkMode"] = first
        config["NetworkingConfig"] = {"EndpointsConfig": {first: networks[first]}}
    return config


def _content(item: Mapping[str, Any]) -> bytes:
    if item.get("contentBase64"):
        return base64.b64decode(item["contentBase64"])
    if item.get("source"):
        return Path(str(item["source"])).read_bytes()
    return str(item.get("content") or "").encode()


def archive(uploads: list[Any]) -> bytes:
    """A tar of the files that a container gets before it starts."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for item in uploads:
            content = _content(item)
            entry = tarfile.TarInfo(str(item["file"]).lstrip("/"))
            entry.size, entry.mtime = len(content), int(time.time())
            entry.mode = (
                int(item["permissions"], 8)
                if item.get("permissions")
                else 0o744
                if item.get("executable")
                else 0o644
            )
            entry.uid, entry.gid = int(item.get("owner") or 0), int(item.get("group") or 0)
            tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()

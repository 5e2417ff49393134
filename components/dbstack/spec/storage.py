"""Rules of storage: sizes in GiB, throughput in MiB/s. Each returns what is wrong, or None.

Sources: [API] CreateDBInstance.AllocatedStorage and .Iops (botocore 1.44.5); [UG] RDS User Guide, CHAP_Storage; the
gp3 threshold of 400 GiB also in hashicorp/terraform-provider-aws pull 47411. PostgreSQL, MySQL and MariaDB share every
number; Oracle stripes its volumes from 200 GiB on, SQL Server never does.
"""

from collections.abc import Mapping
from typing import NamedTuple

from dbstack.spec.engines import EngineVersion, engine_facts, numbers


class IopsRange(NamedTuple):
    """I/O operations per second that may be set from `from_gib` on, until the next range begins."""

    from_gib: int
    least: int
    most: int


class VolumeFacts(NamedTuple):
    """Limits of one volume type."""

    least_gib: int
    most_gib: int
    iops: tuple[IopsRange, ...] = ()
    iops_required: bool = False
    iops_per_gib: tuple[float, float] | None = None
    throughput: tuple[int, int] | None = None
    """Settable throughput, where iops may be set."""
    baseline_iops: int = 0
    """What the volume has from the threshold on if nothing is set."""
    baseline_throughput: int = 0


VOLUMES: Mapping[str, VolumeFacts] = {
    "gp2": VolumeFacts(20, 65_536),
    # Below 400 GiB the baseline of 3000 iops and 125 MiB/s can't be changed, the API refuses both fields [UG].
    "gp3": VolumeFacts(
        20,
        65_536,
        iops=(IopsRange(400, 12_000, 64_000),),
        iops_per_gib=(0, 500),
        throughput=(500, 4_000),
        baseline_iops=12_000,
        baseline_throughput=500,
    ),
    "io1": VolumeFacts(
        100,
        65_536,
        iops=(IopsRange(100, 1_000, 19_950), IopsRange(400, 1_000, 256_000)),
        iops_required=True,
        iops_per_gib=(0.5, 50),
    ),
    # [API] gives 50 per GiB for every type; [UG] gives io2 Block Express 1000: only beyond is it surely refused.
    "io2": VolumeFacts(
        100, 65_536, iops=(IopsRange(100, 1_000, 256_000),), iops_required=True, iops_per_gib=(0.5, 1_000)
    ),
}

_ORACLE: Mapping[str, VolumeFacts] = {
    **VOLUMES,
    "gp3": VOLUMES["gp3"]._replace(iops=(IopsRange(200, 12_000, 64_000),)),
    "io1": VOLUMES["io1"]._replace(iops=(IopsRange(100, 1_000, 19_950), IopsRange(200, 1_000, 256_000))),
}
_SQLSERVER: Mapping[str, VolumeFacts] = {
    "gp2": VolumeFacts(20, 16_384),
    "gp3": VolumeFacts(
        20,
        16_384,
        iops=(IopsRange(20, 3_000, 16_000),),
        iops_per_gib=(0.5, 500),
        throughput=(125, 1_000),
        baseline_iops=3_000,
        baseline_throughput=125,
    ),
    "io1": VolumeFacts(
        100, 16_384, iops=(IopsRange(100, 1_000, 64_000),), iops_required=True, iops_per_gib=(1, 50)
    ),
    # As for the others: [API] says 50 per GiB, [UG] 1000.
    "io2": VolumeFacts(
        100, 16_384, iops=(IopsRange(100, 1_000, 256_000),), iops_required=True, iops_per_gib=(1, 1_000)
    ),
}


def volumes(engine: str) -> Mapping[str, VolumeFacts]:
    """The volume types of an engine, by AWS's names."""
    if engine.startswith("sqlserver"):
        return _SQLSERVER
    return _ORACLE if engine.startswith("oracle") else VOLUMES


# MiB/s per I/O operation: gp3 allows a quarter [UG].
_THROUGHPUT_PER_IOPS = 0.25


def storage_type_fault(storage_type: str) -> str | None:
    """Why `storage_type` is none that may be used."""
    if storage_type in VOLUMES:
        return None
    choices = ", ".join(VOLUMES)
    if storage_type == "standard":
        return f"'standard' (magnetic) is being retired by AWS: choose {choices}"
    return f"{storage_type!r} is not a storage type: choose {choices}"


def size_fault(storage_type: str, allocated_gib: int, engine: str = "") -> str | None:
    """Why a volume of a known type can't have this size."""
    facts = volumes(engine)[storage_type]
    if allocated_gib < facts.least_gib:
        return (
            f"{allocated_gib} GiB is below the least of {storage_type} on RDS: use {facts.least_gib} or more"
        )
    if allocated_gib > facts.most_gib:
        return f"{allocated_gib} GiB is above the most of {storage_type} on RDS: use {facts.most_gib} or less"
    return None


def least_maximum(allocated_gib: int) -> int:
    """The lowest ceiling of storage autoscaling that RDS takes: 10 % above the size [UG USER_PIOPS.Autoscaling]."""
    return -(-allocated_gib * 11 // 10)


def maximum_fault(
    storage_type: str, allocated_gib: int, max_allocated_gib: int, engine: str = ""
) -> str | None:
    """Why the ceiling of storage autoscaling can't be this."""
    least, most = least_maximum(allocated_gib), volumes(engine)[storage_type].most_gib
    if max_allocated_gib < least:
        relation = "below" if max_allocated_gib < allocated_gib else "less than 10 % above"
        return (
            f"{max_allocated_gib} GiB is {relation} the allocated {allocated_gib} GiB: "
            f"use {least} or more, or leave it out to switch autoscaling off"
        )
    if max_allocated_gib > most:
        return f"{max_allocated_gib} GiB is above the most of {storage_type} on RDS: use {most} or less"
    return None


def iops_fault(
    storage_type: str,
    allocated_gib: int,
    iops: int | None,
    max_allocated_gib: int | None = None,
    engine: str = "",
) -> str | None:
    """Why a volume of this type and size can't have `iops` (None: not set)."""
    facts = volumes(engine)[storage_type]
    limits = _range(facts, allocated_gib)
    if iops is None:
        if facts.iops_required:
            bounds = f", {limits.least} to {limits.most} at this size" if limits else ""
            return f"{storage_type} needs it: set the I/O operations per second{bounds}"
        return None
    if not facts.iops:
        return f"{iops} can't be set with {storage_type}: remove it, or use gp3, io1 or io2"
    if limits is None:
        least = facts.iops[0].from_gib
        return (
            f"{iops} can't be set with {storage_type} below {least} GiB: remove it, or allocate {least} GiB"
        )
    if not limits.least <= iops <= limits.most:
        return f"{iops} is outside what {storage_type} has at {allocated_gib} GiB: use {limits.least} to {limits.most}"
    if facts.iops_per_gib is None:
        return None
    lowest, highest = facts.iops_per_gib
    if iops > highest * allocated_gib:
        return f"{iops} is more than {highest:g} per GiB: use {int(highest * allocated_gib)} or less, or more GiB"
    # The ratio must also hold when autoscaling has grown the volume to its ceiling [UG].
    biggest = max(allocated_gib, max_allocated_gib or 0)
    if iops < lowest * biggest:
        return f"{iops} is less than {lowest:g} per GiB of {biggest} GiB: use {-int(-lowest * biggest // 1)} or more"
    return None


def throughput_fault(
    storage_type: str, allocated_gib: int, iops: int | None, throughput: int | None, engine: str = ""
) -> str | None:
    """Why a volume of this type, size and iops can't have `throughput` (None: not set)."""
    if throughput is None:
        return None
    facts = volumes(engine)[storage_type]
    if facts.throughput is None:
        return f"{throughput} MiB/s can't be set with {storage_type}: remove it, or use gp3"
    if _range(facts, allocated_gib) is None:
        least = facts.iops[0].from_gib
        return (
            f"{throughput} MiB/s can't be set with {storage_type} below {least} GiB: "
            f"remove it, or allocate {least} GiB"
        )
    least, most = facts.throughput
    if not least <= throughput <= most:
        return f"{throughput} MiB/s is outside what {storage_type} has: use {least} to {most}"
    available = iops if iops is not None else facts.baseline_iops
    ceiling = int(available * _THROUGHPUT_PER_IOPS)
    if throughput > ceiling:
        return f"{throughput} MiB/s is more than a quarter of {available} iops: use {ceiling} or less, or set more iops"
    return None


def replica_iops_fault(storage_type: str, iops: int | None) -> str | None:
    """Why a replica, whose size only its source knows, can't have `iops` (None: not set)."""
    facts = VOLUMES[storage_type]
    if iops is None:
        return f"{storage_type} needs it: give the source's" if facts.iops_required else None
    if not facts.iops:
        return f"{iops} can't be set with {storage_type}: remove it, or use gp3, io1 or io2"
    least, most = min(limits.least for limits in facts.iops), max(limits.most for limits in facts.iops)
    return (
        None if least <= iops <= most else f"{iops} is outside what {storage_type} has: use {least} to {most}"
    )


def replica_throughput_fault(storage_type: str, iops: int | None, throughput: int | None) -> str | None:
    """Why a replica, whose size only its source knows, can't have `throughput` (None: not set)."""
    # The largest size: whatever is refused there is refused at every size.
    return throughput_fault(storage_type, VOLUMES[storage_type].most_gib, iops, throughput)


def baseline(engine: str, allocated_gib: int) -> tuple[int, int]:
    """(iops, throughput) that a gp3 volume has where none are set [UG]."""
    facts = volumes(engine)["gp3"]
    if allocated_gib < facts.iops[0].from_gib:
        return 3_000, 125
    return facts.baseline_iops, facts.baseline_throughput


def dedicated_log_volume_fault(engine: str, version: str, storage_type: str) -> str | None:
    """Why a database of this engine, version (a sound one) and volume can't have a dedicated log volume [UG
    USER_PIOPS.dlv]. A version without its minor passes: AWS chooses that."""
    facts = engine_facts(engine)
    if facts.logs_volume_since is None:
        return f"{facts.label} on RDS has no dedicated log volume: leave it out"
    if storage_type not in ("io1", "io2"):
        return f"{storage_type} has no dedicated log volume: use io1 or io2, or leave it out"
    here = numbers(version)
    major = len(numbers(EngineVersion.parse(engine, version).major))
    lowest = [since for since in facts.logs_volume_since if since[:major] == here[:major]]
    enough = not lowest or len(here) == major or here >= lowest[0]
    if here[:major] < facts.logs_volume_since[0][:major] or not enough:
        since = ", ".join(".".join(map(str, since)) for since in facts.logs_volume_since)
        return (
            f"{facts.label} {version} has no dedicated log volume, RDS has it from {since} on: leave it out"
        )
    return None


def _range(facts: VolumeFacts, allocated_gib: int) -> IopsRange | None:
    fitting = [limits for limits in facts.iops if allocated_gib >= limits.from_gib]
    return fitting[-1] if fitting else None

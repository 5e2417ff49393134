"""Facts of instance classes, compared with EC2's own table, which moto ships, and RDS's list of classes."""

import gzip
import json
from pathlib import Path
from typing import Any

import cfnlint
import moto
import pytest

from dbstack.spec.instance_facts import credits_most, max_connections, memory_gib, of_a_small_minimum

TYPES: dict[str, Any] = json.loads(
    gzip.decompress((Path(moto.__file__).parent / "ec2/resources/instance_types.json.gz").read_bytes())
)
CLASSES = (
    Path(cfnlint.__file__).parent / "data/schemas/extensions/aws_rds_dbinstance/dbinstanceclass_enum.json"
)


def rds_classes() -> set[str]:
    found: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, str) and value.startswith("db."):
            found.add(value)
        for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            walk(item)

    walk(json.loads(CLASSES.read_text()))
    return found


def test_memory_is_that_of_ec2() -> None:
    wrong: dict[str, tuple[float, float]] = {}
    compared = 0
    for name in rds_classes():
        ours, theirs = memory_gib(name), TYPES.get(name.removeprefix("db."))
        if ours is None or theirs is None:
            continue
        compared += 1
        real = theirs["MemoryInfo"]["SizeInMiB"] / 1024
        # EC2 tells 15 GiB of r3.large, the page on RDS's classes 15.25.
        if abs(ours - real) > 0.25:
            wrong[name] = ours, real
    assert wrong == {}
    assert compared > 280


def test_few_classes_are_unknown() -> None:
    """Retired ones, those with a multiple of the memory (`.tpc1.mem2x`), and what has no size of its own."""
    unknown = {name.split(".")[1] for name in rds_classes() if memory_gib(name) is None and "tpc" not in name}
    assert unknown <= {
        "m1",
        "m2",
        "m3",
        "t1",
        "serverless",
        "x2m",
        "m6i",
        "m6id",
        "m7i",
        "r6i",
        "r6id",
        "r7i",
    } | {*("m8a", "m8i", "m9g", "r8a", "r8i", "m6in", "m6idn", "r6in", "r6idn", "x2idn", "x2iedn", "x2iezn")}
    assert memory_gib("db.r5.2xlarge.tpc2.mem4x") is None
    assert memory_gib("db.m6i.metal") is None


def test_a_day_of_credits_is_what_a_burstable_class_gathers() -> None:
    baseline = {"micro": 10, "small": 20, "medium": 20, "large": 30, "xlarge": 40, "2xlarge": 40}
    for family in ("t3", "t4g"):
        for size, percent in baseline.items():
            cores = TYPES[f"{family}.{size}"]["VCpuInfo"]["DefaultVCpus"]
            assert credits_most(f"db.{family}.{size}") == cores * percent * 60 * 24 // 100
    assert credits_most("db.r6g.large") is None


@pytest.mark.parametrize(
    ("engine", "size", "documented"),
    [
        # The user guide's own examples, each "approximately".
        ("mysql", "db.m7g.large", 630),
        ("mysql", "db.t3.micro", 60),
        # SHOW max_connections of users.
        ("postgres", "db.t2.small", 198),
        ("postgres", "db.t2.medium", 413),
    ],
)
def test_connections_are_about_the_documented_ones(engine: str, size: str, documented: int) -> None:
    found = max_connections(engine, memory_gib(size))
    assert found is not None
    assert abs(found - documented) <= 0.02 * documented


# [AUG] AuroraMySQL.Managing.Performance, "Maximum connections": its whole table, by class.
_AURORA_MYSQL = {
    45: "t2.small t3.small",
    90: "t2.medium t3.medium t4g.medium",
    135: "t3.large t4g.large",
    1000: "r3.large r4.large r5.large r6g.large",
    2000: "r3.xlarge r4.xlarge r5.xlarge r6g.xlarge x2g.large",
    3000: "r3.2xlarge r4.2xlarge r5.2xlarge r6g.2xlarge x2g.xlarge",
    4000: "r3.4xlarge r4.4xlarge r5.4xlarge r6g.4xlarge x2g.2xlarge",
    5000: "r3.8xlarge r4.8xlarge r5.8xlarge r6g.8xlarge x2g.4xlarge",
    6000: "r4.16xlarge r5.12xlarge r5.16xlarge r6g.12xlarge r6g.16xlarge x2g.8xlarge",
    7000: "r5.24xlarge x2g.12xlarge x2g.16xlarge",
}


def test_connections_of_aurora_mysql_are_the_documented_ones() -> None:
    found = {
        name: max_connections("aurora-mysql", memory_gib(f"db.{name}"))
        for names in _AURORA_MYSQL.values()
        for name in names.split()
    }
    assert found == {name: count for count, names in _AURORA_MYSQL.items() for name in names.split()}


def test_a_small_minimum_caps_connections_of_aurora_postgresql() -> None:
    assert of_a_small_minimum("aurora-postgresql", 0.5, 5000) == 2000
    assert of_a_small_minimum("aurora-postgresql", 0, 189) == 189
    assert of_a_small_minimum("aurora-postgresql", 1, 5000) == 5000
    assert of_a_small_minimum("aurora-postgresql", None, 5000) == 5000
    assert of_a_small_minimum("aurora-mysql", 0.5, 5000) == 5000


def test_what_is_not_known_is_none() -> None:
    assert max_connections("postgres", memory_gib("db.r99.large")) is None
    assert max_connections("aurora-mysql", None) is None
    assert max_connections("sqlserver-ee", 16) is None

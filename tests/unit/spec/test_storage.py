"""Storage: sizes, autoscaling, I/O operations and throughput, at each boundary."""

import pytest

from dbstack.spec import storage

SIZES = [
    ("gp2", 19, "19 GiB is below the least of gp2 on RDS: use 20 or more"),
    ("gp2", 20, None),
    ("gp3", 5, "below the least of gp3"),
    ("gp3", 20, None),
    ("gp3", 65_536, None),
    ("gp3", 65_537, "above the most of gp3 on RDS: use 65536 or less"),
    ("io1", 99, "use 100 or more"),
    ("io1", 100, None),
    ("io2", 99, "use 100 or more"),
    ("io2", 100, None),
    ("gp3", 0, "below"),
    ("gp3", -20, "below"),
]
CEILINGS = [
    (20, 21, "21 GiB is less than 10 % above the allocated 20 GiB: use 22 or more"),
    (20, 22, None),
    (20, 20, "less than 10 %"),
    (20, 19, "19 GiB is below the allocated 20 GiB"),
    (20, 0, "leave it out to switch autoscaling off"),
    (25, 27, "use 28 or more"),
    (25, 28, None),
    (100, 109, "use 110 or more"),
    (100, 110, None),
    (100, 65_536, None),
    (100, 65_537, "above the most"),
]
IOPS = [
    ("gp2", 100, None, None, None),
    ("gp2", 100, 3000, None, "can't be set with gp2: remove it, or use gp3, io1 or io2"),
    ("gp3", 20, None, None, None),
    ("gp3", 399, 12_000, None, "can't be set with gp3 below 400 GiB: remove it, or allocate 400 GiB"),
    ("gp3", 400, 12_000, None, None),
    ("gp3", 400, 11_999, None, "use 12000 to 64000"),
    ("gp3", 400, 3_000, None, "use 12000 to 64000"),
    ("gp3", 400, 64_000, None, None),
    ("gp3", 400, 64_001, None, "outside what gp3 has at 400 GiB"),
    ("io1", 100, None, None, "io1 needs it: set the I/O operations per second, 1000 to 19950 at this size"),
    ("io1", 100, 999, None, "use 1000 to 19950"),
    ("io1", 100, 1_000, None, None),
    ("io1", 100, 5_000, None, None),
    ("io1", 100, 5_001, None, "more than 50 per GiB: use 5000 or less, or more GiB"),
    ("io1", 399, 19_950, None, None),
    ("io1", 399, 19_951, None, "use 1000 to 19950"),
    ("io1", 400, 20_000, None, None),
    ("io1", 2_000, 1_000, None, None),
    ("io1", 2_001, 1_000, None, "less than 0.5 per GiB of 2001 GiB: use 1001 or more"),
    ("io1", 2_000, 1_000, 2_200, "less than 0.5 per GiB of 2200 GiB: use 1100 or more"),
    ("io1", 2_000, 1_100, 2_200, None),
    ("io2", 100, None, None, "io2 needs it"),
    ("io2", 100, 100_000, None, None),
    ("io2", 100, 100_001, None, "more than 1000 per GiB"),
    ("io2", 1_000, 256_000, None, None),
    ("io2", 1_000, 256_001, None, "use 1000 to 256000"),
]
THROUGHPUT = [
    ("gp2", 100, None, 500, "can't be set with gp2: remove it, or use gp3"),
    ("io1", 100, 1_000, 500, "can't be set with io1"),
    ("gp3", 399, None, 500, "below 400 GiB: remove it, or allocate 400 GiB"),
    ("gp3", 400, None, 499, "use 500 to 4000"),
    ("gp3", 400, None, 500, None),
    ("gp3", 400, 16_000, 4_000, None),
    ("gp3", 400, 64_000, 4_001, "use 500 to 4000"),
    ("gp3", 400, None, 3_000, None),
    ("gp3", 400, None, 3_001, "a quarter of 12000 iops: use 3000 or less, or set more iops"),
    ("gp3", 400, 13_000, 3_250, None),
    ("gp3", 400, 13_000, 3_251, "a quarter of 13000 iops"),
    ("gp3", 20, None, None, None),
]


def agrees(message, part):
    if part is None:
        assert message is None
    else:
        assert message is not None
        assert part in message


@pytest.mark.parametrize(("kind", "size", "part"), SIZES)
def test_size(kind, size, part):
    agrees(storage.size_fault(kind, size), part)


@pytest.mark.parametrize(("size", "ceiling", "part"), CEILINGS)
def test_maximum(size, ceiling, part):
    agrees(storage.maximum_fault("gp3", size, ceiling), part)


@pytest.mark.parametrize(("kind", "size", "iops", "ceiling", "part"), IOPS)
def test_iops(kind, size, iops, ceiling, part):
    agrees(storage.iops_fault(kind, size, iops, ceiling), part)


@pytest.mark.parametrize(("kind", "size", "iops", "throughput", "part"), THROUGHPUT)
def test_throughput(kind, size, iops, throughput, part):
    agrees(storage.throughput_fault(kind, size, iops, throughput), part)


@pytest.mark.parametrize(
    ("kind", "iops", "throughput", "part"),
    [
        ("gp3", None, None, None),
        ("gp3", 13_000, 600, None),
        ("gp3", 3000, None, "outside what gp3 has"),
        ("gp2", 3000, None, "can't be set with gp2"),
        ("io1", None, None, "io1 needs it"),
        ("io2", 3000, None, None),
        ("io2", 3000, 600, "can't be set with io2"),
        ("gp3", None, 499, "outside what gp3 has"),
    ],
)
def test_a_replica_whose_size_is_unknown(kind, iops, throughput, part):
    found = storage.replica_iops_fault(kind, iops) or storage.replica_throughput_fault(kind, iops, throughput)
    agrees(found, part)


def test_least_maximum_is_exact():
    # Integer arithmetic: 1.1 as a float would be a little more and refuse exact tenths.
    for size in range(20, 3000):
        least = storage.least_maximum(size)
        assert least * 10 >= size * 11
        assert (least - 1) * 10 < size * 11

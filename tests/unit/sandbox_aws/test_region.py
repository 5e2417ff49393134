"""The provider's region must be one of AWS."""

import pytest

from dbstack.sandbox.aws import config
from dbstack.sandbox.wire import UNKNOWN


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-2", "cn-north-1", "us-gov-west-1"])
def test_a_region_of_any_partition_is_taken(region: str) -> None:
    assert config.check({"region": region}, {}) == ({"region": region}, [])


def test_no_region_is_refused_with_the_nearest() -> None:
    _, faults = config.check({"region": "eu-centrl-1"}, {})
    assert faults == [("region", "'eu-centrl-1' is not a region of AWS; did you mean eu-central-1?")]


def test_one_that_is_not_known_yet_is_left_alone() -> None:
    assert config.check({"region": UNKNOWN}, {}) == ({"region": UNKNOWN}, [])

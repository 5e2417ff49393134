"""Availability zones by their letters, where they are not simply a, b, c.

Read on 2026-11-25 from what DescribeAvailabilityZones answered others, since nothing is looked up here:
ap-northeast-1 https://github.com/aws-samples/saas-reference-architecture-ecs/issues/12 (EC2's own list: a, c, d);
ca-central-1, ap-northeast-2, us-west-2, us-east-1 https://github.com/aws-cloudformation/cfn-lint/pull/1447, moto 5.2.5;
us-west-1 https://github.com/badjware/aws-cloud-gaming/issues/7 (two of three, which two depends on the account);
cn-north-1 https://github.com/aws-cloudformation/cfn-lint/pull/1052.
All others: three at least, https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html
"""

from collections.abc import Mapping

LETTERS: Mapping[str, str] = {
    "ap-northeast-1": "acd",
    "ap-northeast-2": "abcd",
    "ca-central-1": "abd",
    "cn-north-1": "ab",
    "us-east-1": "abcdef",
    "us-west-2": "abcd",
}
_USUAL = "abc"
BY_ACCOUNT = frozenset({"us-west-1"})
"""Regions where each account has other letters."""


def first_zones(region: str, count: int) -> tuple[str, ...]:
    """The first zones of a region."""
    return tuple(f"{region}{letter}" for letter in LETTERS.get(region, _USUAL)[:count])


def known_zones_fault(region: str, count: int) -> str | None:
    """Why the zones of a region can't be derived from their number."""
    if region in BY_ACCOUNT:
        return (
            f"is needed in {region}, where each account has other zones: name yours, "
            f"`aws ec2 describe-availability-zones --region {region}` lists them"
        )
    letters = LETTERS.get(region, _USUAL)
    if count <= len(letters):
        return None
    known = ", ".join(f"{region}{letter}" for letter in letters)
    return (
        f"is needed for {count} zones: {region} is known to have {known}; name them if there are more by now"
    )

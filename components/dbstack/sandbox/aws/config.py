"""Configuration of an `aws` provider resource: what the sandbox honours, ignores and refuses."""

import difflib
from collections.abc import Mapping
from functools import cache
from typing import Any

import boto3

from dbstack.sandbox.aws.backend import Provider
from dbstack.sandbox.aws.errors import SandboxError
from dbstack.sandbox.aws.model import Props
from dbstack.sandbox.wire import UNKNOWN

HONOURED = ("region", "defaultTags", "ignoreTags", "allowedAccountIds", "forbiddenAccountIds")
# They say how to reach or authenticate against the real AWS, which the sandbox never does.
IGNORED = (
    "accessKey",
    "customCaBundle",
    "ec2MetadataServiceEndpoint",
    "ec2MetadataServiceEndpointMode",
    "endpoints",
    "httpProxy",
    "httpsProxy",
    "insecure",
    "maxRetries",
    "noProxy",
    "pluginDownloadURL",
    "profile",
    "retryMode",
    "s3UsEast1RegionalEndpoint",
    "s3UsePathStyle",
    "secretKey",
    "sharedConfigFiles",
    "sharedCredentialsFiles",
    "skipCredentialsValidation",
    "skipMetadataApiCheck",
    "skipRegionValidation",
    "skipRequestingAccountId",
    "stsRegion",
    "token",
    "tokenBucketRateLimiterCapacity",
    "useDualstackEndpoint",
    "useFipsEndpoint",
    "userAgents",
    "version",
)
# They change whose objects a program works on, and the sandbox has one account.
REFUSED = {
    "assumeRoles": "the sandbox has one account and no roles to assume",
    "assumeRoleWithWebIdentity": "the sandbox has one account and no roles to assume",
}
_DEFAULT_REGION = "us-east-1"


def _from_environment(environ: Mapping[str, str]) -> str:
    return environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or _DEFAULT_REGION


def check(news: Props, environ: Mapping[str, str]) -> tuple[Props, list[tuple[str, str]]]:
    """Completes the region from the environment and finds every fault."""
    known = [*HONOURED, *IGNORED, *REFUSED]
    faults: list[tuple[str, str]] = []
    for key, value in news.items():
        if key in REFUSED and value not in (None, "", [], {}, UNKNOWN):
            faults.append((key, f"is not served by the sandbox: {REFUSED[key]}"))
        elif key not in known:
            close = difflib.get_close_matches(key, known, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            faults.append((key, f"is not a setting of the aws provider that the sandbox knows{hint}"))
    region = news.get("region") or _from_environment(environ)
    if isinstance(region, str) and region not in _regions():
        close = difflib.get_close_matches(region, _regions(), n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        faults.append(("region", f"{region!r} is not a region of AWS{hint}"))
    return {**news, "region": region}, faults


@cache
def _regions() -> frozenset[str]:
    session = boto3.Session(region_name="us-east-1")
    return frozenset(
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("ec2", partition_name=partition)
    )


def provider(args: Props, environ: Mapping[str, str]) -> Provider:
    """The configuration as the backend needs it."""
    region = args.get("region")
    default_tags: Mapping[str, Any] = args.get("defaultTags") or {}
    ignore: Mapping[str, Any] = args.get("ignoreTags") or {}
    tags: Mapping[str, Any] = {} if default_tags is UNKNOWN else default_tags.get("tags") or {}
    return Provider(
        region=region if isinstance(region, str) and region else _from_environment(environ),
        default_tags={key: str(value) for key, value in tags.items()},
        ignore_tag_keys=frozenset(ignore.get("keys") or ()),
        ignore_tag_prefixes=tuple(ignore.get("keyPrefixes") or ()),
    )


def check_account(args: Props, account_id: str) -> None:
    """Raises `SandboxError` where the sandbox's account isn't one that the program allows."""
    allowed, forbidden = args.get("allowedAccountIds"), args.get("forbiddenAccountIds")
    if allowed and account_id not in allowed:
        raise SandboxError(f"the sandbox's account is {account_id}, which allowedAccountIds does not list")
    if forbidden and account_id in forbidden:
        raise SandboxError(f"the sandbox's account is {account_id}, which forbiddenAccountIds lists")

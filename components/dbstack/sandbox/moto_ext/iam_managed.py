"""IAM in moto: AWS's own managed policies, each when somebody first names it. All 1,582 at once take moto a second."""

import json
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend

from dbstack.sandbox.moto_ext.patching import around
from dbstack.sandbox.replayable import aside

_OWNER = ":iam::aws:policy/"


def _load(backend: Any, arn: str) -> None:
    """Puts AWS's policy into moto, if there is one of this ARN and it isn't there yet."""
    if _OWNER not in arn or arn in backend.managed_policies:
        return
    name = arn.rsplit("/", 1)[-1]
    start = aws_managed_policies_data.find(f'"{name}":{{')
    if start < 0:
        return
    data, _ = json.JSONDecoder().raw_decode(aws_managed_policies_data, start + len(name) + 3)
    with aside(f"iam/{backend.account_id}/{arn}"):
        policy = AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, data)
    if policy.arn == arn:
        backend.managed_policies[arn] = policy


def _first(original: Any, self: Any, policy_arn: str, *args: Any, **kwargs: Any) -> Any:
    _load(self, policy_arn)
    return original(self, policy_arn, *args, **kwargs)


def install() -> None:
    for name in ("attach_role_policy", "get_policy", "get_policy_version"):
        around(IAMBackend, name, _first)

"""`connect_policy`: the IAM policy that lets one database user log in with a token instead of a password."""

import json
from collections.abc import Sequence
from typing import Any, cast

import pulumi

from dbstack.spec.connecting import connect_statement, user_fault
from dbstack.spec.errors import Fault, SpecError


def connect_policy(
    arn: pulumi.Input[str],
    resource_id: pulumi.Input[str] | Sequence[pulumi.Input[str]],
    user: str,
) -> pulumi.Output[str]:
    """An IAM policy document (JSON) that allows `rds-db:connect` as the database user `user`, and nothing else.

    `arn` and `resource_id` are outputs of a `Database`, `DatabaseInstance`, `ReadReplica` or `DatabaseProxy`. More than
    one resource id (a writer and its replicas) makes one policy for all of them. Raises SpecError for a user that
    would stand for others too (`*`). See
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html
    """
    fault = user_fault(user)
    if fault is not None:
        raise SpecError([Fault("user", fault)], subject="connect_policy")
    several = isinstance(resource_id, Sequence) and not isinstance(resource_id, str)
    ids: list[pulumi.Input[str]] = list(cast(Any, resource_id)) if several else [cast(Any, resource_id)]

    def document(known: Sequence[str]) -> str:
        return json.dumps(
            {"Version": "2012-10-17", "Statement": [connect_statement(known[0], known[1:], user)]}
        )

    return pulumi.Output.all(arn, *ids).apply(document)

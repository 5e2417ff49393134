"""Application Auto Scaling in moto: tags, the service's own role, and what goes with a target."""

import json
from typing import Any

from moto.applicationautoscaling.exceptions import AWSValidationException
from moto.applicationautoscaling.models import ApplicationAutoscalingBackend
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.core.exceptions import JsonRESTError
from moto.utilities.utils import get_partition

from dbstack.sandbox.moto_ext.patching import add, around

_READERS = "rds:cluster:ReadReplicaCount"
_MOST_READERS = 15
_RUNNING = {
    "DynamicScalingInSuspended": False,
    "DynamicScalingOutSuspended": False,
    "ScheduledScalingSuspended": False,
}


def _register(original: Any, self: Any) -> Any:
    asked = json.loads(self.body)
    backend, resource = self.applicationautoscaling_backend, asked.get("ResourceId", "")
    known = resource in backend.targets.get(asked.get("ScalableDimension"), {})
    if not known and asked.get("ScalableDimension") == _READERS:
        _check_cluster(backend, resource, asked)
    answer = original(self)
    target = backend.targets[asked["ScalableDimension"]][resource]
    namespace, partition = target.service_namespace, get_partition(backend.region_name)
    if not target.role_arn:
        service = f"{namespace}.application-autoscaling.amazonaws.com"
        name = f"AWSServiceRoleForApplicationAutoScaling_{'RDSCluster' if namespace == 'rds' else namespace.upper()}"
        target.role_arn = f"arn:{partition}:iam::{backend.account_id}:role/aws-service-role/{service}/{name}"
    target.suspended_state = {**_RUNNING, **(target.suspended_state or {})}
    if not known or asked.get("Tags"):
        target.tags = {**getattr(target, "tags", {}), **(asked.get("Tags") or {})}
    return answer


def _check_cluster(backend: Any, resource: str, asked: Any) -> None:
    from moto.rds.models import rds_backends

    cluster = rds_backends[backend.account_id][backend.region_name].clusters.get(
        resource.removeprefix("cluster:")
    )
    if cluster is None or not cluster.engine.startswith("aurora"):
        raise AWSValidationException(f"DB cluster does not exist, or is no Aurora cluster: {resource}")
    least, most = asked.get("MinCapacity"), asked.get("MaxCapacity")
    if least is None or most is None or not 0 <= least <= most <= _MOST_READERS:
        words = f"Minimum capacity {least} and maximum capacity {most} must be between 0 and {_MOST_READERS}"
        raise AWSValidationException(f"{words}, the minimum not above the maximum")


def _deregister(original: Any, self: Any, namespace: str, r_id: str, dimension: str) -> Any:
    """The policies of a target go with it."""
    for key, policy in list(self.policies.items()):
        if (policy.service_namespace, policy.resource_id, policy.scalable_dimension) == (
            namespace,
            r_id,
            dimension,
        ):
            policy.delete_alarms(self.account_id, self.region_name)
            del self.policies[key]
    return original(self, namespace, r_id, dimension)


def _put_policy(original: Any, self: Any, *args: Any, **asked: Any) -> Any:
    if asked["resource_id"] not in self.targets.get(asked["scalable_dimension"], {}):
        words = (
            f"No scalable target registered for service namespace: {asked['service_namespace']},"
            f" resource ID: {asked['resource_id']}, scalable dimension: {asked['scalable_dimension']}"
        )
        raise JsonRESTError("ObjectNotFoundException", words)
    before = self.policies.get(
        "\t".join(
            asked[name] for name in ("service_namespace", "resource_id", "scalable_dimension", "policy_name")
        )
    )
    policy = original(self, *args, **asked)
    if before is not None:
        policy.policy_arn, policy.creation_time = before.policy_arn, before.creation_time
    return policy


def _target(self: Any, arn: str) -> Any:
    for targets in self.applicationautoscaling_backend.targets.values():
        for target in targets.values():
            if target.arn == arn:
                return target
    raise JsonRESTError("ResourceNotFoundException", f"The specified resource doesn't exist: {arn}")


def _list_tags(self: Any) -> str:
    return json.dumps({"Tags": getattr(_target(self, json.loads(self.body)["ResourceARN"]), "tags", {})})


def _tag(self: Any) -> str:
    asked = json.loads(self.body)
    target = _target(self, asked["ResourceARN"])
    target.tags = {**getattr(target, "tags", {}), **asked["Tags"]}
    return "{}"


def _untag(self: Any) -> str:
    asked = json.loads(self.body)
    target = _target(self, asked["ResourceARN"])
    target.tags = {
        key: value for key, value in getattr(target, "tags", {}).items() if key not in asked["TagKeys"]
    }
    return "{}"


def install() -> None:
    around(ApplicationAutoScalingResponse, "register_scalable_target", _register)
    around(ApplicationAutoscalingBackend, "deregister_scalable_target", _deregister)
    around(ApplicationAutoscalingBackend, "put_scaling_policy", _put_policy)
    add(ApplicationAutoScalingResponse, "list_tags_for_resource", _list_tags)
    add(ApplicationAutoScalingResponse, "tag_resource", _tag)
    add(ApplicationAutoScalingResponse, "untag_resource", _untag)

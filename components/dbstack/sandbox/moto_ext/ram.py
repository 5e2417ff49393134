"""AWS Resource Access Manager in moto: associations and tags, which it lacks, and finding shares by their ARN."""

import json
from typing import Any

from moto.ram import urls
from moto.ram.exceptions import InvalidParameterException, UnknownResourceException
from moto.ram.models import ResourceAccessManagerBackend, ResourceShare
from moto.ram.responses import ResourceAccessManagerResponse
from moto.rds.models import rds_backends

from dbstack.sandbox.moto_ext.patching import add, around
from dbstack.sandbox.wire import listed

_PATHS = (
    "{0}/associateresourceshare$",
    "{0}/disassociateresourceshare$",
    "{0}/tagresource$",
    "{0}/untagresource$",
)


def _share(backend: Any, arn: str | None) -> Any:
    for one in backend.resource_shares:
        if one.arn == arn and one.status == "ACTIVE":
            return one
    raise UnknownResourceException(f"ResourceShare {arn} could not be found.")


def _associate(self: Any) -> str:
    backend, asked = self.ram_backend, self.request_params
    share = _share(backend, asked["resourceShareArn"])
    resources, principals = listed(asked.get("resourceArns")), listed(asked.get("principals"))
    if not resources and not principals:
        raise InvalidParameterException("Specify at least one resource or one principal.")
    if share.account_id in principals:
        raise InvalidParameterException(f"Principal {share.account_id} owns the resource share.")
    share.add_resources([arn for arn in resources if arn not in share.resource_arns])
    share.add_principals([one for one in principals if one not in share.principals])
    return _told(share, resources, principals, "ASSOCIATING")


def _disassociate(self: Any) -> str:
    backend, asked = self.ram_backend, self.request_params
    share = _share(backend, asked["resourceShareArn"])
    resources, principals = listed(asked.get("resourceArns")), listed(asked.get("principals"))
    for wanted, kept in ((resources, share.resource_arns), (principals, share.principals)):
        for one in wanted:
            if one not in kept:
                raise UnknownResourceException(f"{one} is not associated with {share.arn}.")
            kept.remove(one)
    return _told(share, resources, principals, "DISASSOCIATING")


def _told(share: Any, resources: list[Any], principals: list[Any], status: str) -> str:
    entities = [("RESOURCE", one) for one in resources] + [("PRINCIPAL", one) for one in principals]
    associations = [
        {
            "resourceShareArn": share.arn,
            "resourceShareName": share.name,
            "associatedEntity": entity,
            "associationType": kind,
            "status": status,
            "external": kind == "PRINCIPAL",
        }
        for kind, entity in entities
    ]
    return json.dumps({"resourceShareAssociations": associations})


def _add_resources(original: Any, self: Any, resource_arns: list[str]) -> None:
    """Of clusters, those that are there."""
    for arn in resource_arns:
        parts = arn.split(":")
        if parts[2:3] == ["rds"] and parts[5:6] == ["cluster"]:
            clusters = rds_backends[self.account_id][parts[3]].clusters
            if parts[-1] not in clusters or clusters[parts[-1]].db_cluster_arn != arn:
                raise UnknownResourceException(f"Resource {arn} could not be found.")
    original(self, resource_arns)


def _create(original: Any, self: Any, **kwargs: Any) -> dict[str, Any]:
    answer = original(self, **kwargs)
    share = self.resource_shares[-1]
    share.tags = {one["key"]: one["value"] for one in listed(kwargs.get("tags"))}
    return {"resourceShare": {**answer["resourceShare"], "tags": _tags(share)}}


def _tags(share: Any) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in getattr(share, "tags", {}).items()]


def _described(original: Any, self: Any) -> dict[str, Any]:
    return {**original(self), "tags": _tags(self)}


def _get_shares(original: Any, self: Any) -> str:
    wanted, status = self._get_param("resourceShareArns"), self._get_param("resourceShareStatus")
    shares = json.loads(original(self))["resourceShares"]
    if wanted:
        shares = [one for one in shares if one["resourceShareArn"] in wanted]
        if not shares:
            raise UnknownResourceException(f"ResourceShare {wanted[0]} could not be found.")
    return json.dumps({"resourceShares": [one for one in shares if status in (None, one["status"])]})


def _update(original: Any, self: Any, arn: str | None, external: bool, name: str | None) -> dict[str, Any]:
    # moto takes the name away where only the other is changed.
    return original(self, arn, external, name or _share(self, arn).name)


def _tag(self: Any) -> str:
    share = _share(self.ram_backend, self.request_params["resourceShareArn"])
    share.tags = {**share.tags, **{one["key"]: one["value"] for one in self.request_params["tags"]}}
    return "{}"


def _untag(self: Any) -> str:
    share = _share(self.ram_backend, self.request_params["resourceShareArn"])
    gone = set(self.request_params["tagKeys"])
    share.tags = {key: value for key, value in share.tags.items() if key not in gone}
    return "{}"


def install() -> None:
    urls.url_paths.update(dict.fromkeys(_PATHS, ResourceAccessManagerResponse.dispatch))
    around(ResourceShare, "add_resources", _add_resources)
    around(ResourceShare, "describe", _described)
    around(ResourceAccessManagerBackend, "create_resource_share", _create)
    around(ResourceAccessManagerBackend, "update_resource_share", _update)
    around(ResourceAccessManagerResponse, "get_resource_shares", _get_shares)
    add(ResourceAccessManagerResponse, "associate_resource_share", _associate)
    add(ResourceAccessManagerResponse, "disassociate_resource_share", _disassociate)
    add(ResourceAccessManagerResponse, "tag_resource", _tag)
    add(ResourceAccessManagerResponse, "untag_resource", _untag)

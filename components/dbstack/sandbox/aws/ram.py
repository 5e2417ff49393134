"""AWS Resource Access Manager: shares, what is in them, and with whom."""

from collections.abc import Sequence

from dbstack.sandbox.aws.model import (
    REGION,
    TAGS,
    Context,
    Handler,
    Naming,
    Prop,
    Props,
    ResourceType,
    tag_changes,
)
from dbstack.sandbox.aws.rds_groups import delete_unless_gone, described

_GONE = "UnknownResource"


class Share(Handler):
    """A resource share. Its id is its ARN."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        tags: dict[str, str] = props.get("tagsAll") or {}
        made = ctx.client("ram").create_resource_share(
            name=props["name"],
            allowExternalPrincipals=bool(props.get("allowExternalPrincipals")),
            tags=[{"key": key, "value": value} for key, value in tags.items()],
        )
        ctx.made(made["resourceShare"]["resourceShareArn"])
        return made["resourceShare"]["resourceShareArn"]

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        call = ctx.client("ram").get_resource_shares
        share = described(
            call, "resourceShares", _GONE, resourceOwner="SELF", resourceShareArns=[resource_id]
        )
        if share is None or share["status"] == "DELETED":
            return None
        return {
            "arn": share["resourceShareArn"],
            "name": share["name"],
            "allowExternalPrincipals": share["allowExternalPrincipals"],
            "tagsAll": {tag["key"]: tag["value"] for tag in share.get("tags", [])},
        }

    def update(
        self,
        ctx: Context,
        kind: ResourceType,
        resource_id: str,
        old: Props,
        new: Props,
        changed: Sequence[str],
    ) -> None:
        client = ctx.client("ram")
        if {"name", "allowExternalPrincipals"} & set(changed):
            client.update_resource_share(
                resourceShareArn=resource_id,
                name=new["name"],
                allowExternalPrincipals=bool(new.get("allowExternalPrincipals")),
            )
        gone, tags = tag_changes(old, new)
        if gone:
            client.untag_resource(resourceShareArn=resource_id, tagKeys=gone)
        if tags:
            listed = [{"key": key, "value": value} for key, value in tags.items()]
            client.tag_resource(resourceShareArn=resource_id, tags=listed)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        delete_unless_gone(ctx.client("ram").delete_resource_share, _GONE, resourceShareArn=resource_id)

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        shares = ctx.client("ram").get_resource_shares(resourceOwner="SELF", resourceShareStatus="ACTIVE")
        found = [one for one in shares["resourceShares"] if one["name"] == props.get("name")]
        return found[0]["resourceShareArn"] if len(found) == 1 else None


class Association(Handler):
    """A resource or a principal of a share. Its id is `<share's ARN>,<entity>`."""

    def __init__(self, prop: str, member: str, kind: str) -> None:
        self._prop, self._member, self._type = prop, member, kind

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        share, entity = props["resourceShareArn"], props[self._prop]
        ctx.client("ram").associate_resource_share(**{"resourceShareArn": share, self._member: [entity]})
        ctx.made(f"{share},{entity}")
        return f"{share},{entity}"

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        share, _, entity = resource_id.partition(",")
        found = ctx.client("ram").get_resource_share_associations(
            associationType=self._type, resourceShareArns=[share]
        )["resourceShareAssociations"]
        if not any(one["associatedEntity"] == entity for one in found):
            return None
        return {"resourceShareArn": share, self._prop: entity}

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        share, _, entity = resource_id.partition(",")
        call = ctx.client("ram").disassociate_resource_share
        delete_unless_gone(call, _GONE, **{"resourceShareArn": share, self._member: [entity]})

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        if not (props.get("resourceShareArn") and props.get(self._prop)):
            return None
        resource_id = f"{props['resourceShareArn']},{props[self._prop]}"
        return resource_id if self.read(ctx, kind, resource_id, props) else None


RESOURCE_SHARE = ResourceType(
    token="aws:ram/resourceShare:ResourceShare",
    service="ram",
    noun="RAM Resource Share",
    handler=Share(),
    naming=Naming("name"),
    props={
        "name": Prop(computed=True),
        "allowExternalPrincipals": Prop("bool", default=False),
        "permissionArns": Prop("set", computed=True, refused="the sandbox has the default permissions only"),
        "resourceShareConfiguration": Prop(
            "object", refused="the sandbox has no accounts that leave organizations"
        ),
        **TAGS,
        **REGION,
        "arn": Prop(output=True),
    },
)

RESOURCE_ASSOCIATION = ResourceType(
    token="aws:ram/resourceAssociation:ResourceAssociation",
    service="ram",
    noun="RAM Resource Association",
    handler=Association("resourceArn", "resourceArns", "RESOURCE"),
    props={
        "resourceArn": Prop(required=True, replaces=True),
        "resourceShareArn": Prop(required=True, replaces=True),
        **REGION,
    },
)

PRINCIPAL_ASSOCIATION = ResourceType(
    token="aws:ram/principalAssociation:PrincipalAssociation",
    service="ram",
    noun="RAM Principal Association",
    handler=Association("principal", "principals", "PRINCIPAL"),
    props={
        "principal": Prop(required=True, replaces=True),
        "resourceShareArn": Prop(required=True, replaces=True),
        **REGION,
    },
)

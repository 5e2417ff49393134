"""Parameter and option groups: children of the component that has the instance."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from dbstack.aws.deletion import needed_options
from dbstack.common.children import Children
from dbstack.spec.model import DeletionSpec, InstanceSpec, OptionGroupSpec, ParameterGroupSpec
from dbstack.spec.types import InstanceSettings, OnDelete

ROLES = ("parameter_group", "option_group")


def make_parameter_group(
    name: str,
    spec: ParameterGroupSpec,
    deletion: DeletionSpec,
    tags: Mapping[str, str],
    children: Children,
    region: str | None = None,
) -> pulumi.Input[str]:
    """The group's name; a group is made unless the plan names one.

    Its name is a prefix and random digits: a new major makes a group of the new family first, the instance moves to
    it, and only then the old one goes. `region` where it isn't the provider's.
    """
    if spec.name is not None:
        return spec.name
    group = children.make(
        "parameter_group",
        aws.rds.ParameterGroup,
        f"{name}-parameters",
        {
            "name_prefix": spec.prefix,
            "family": spec.family,
            # Fixed text: a changed description would replace the group.
            "description": "Parameters of the database",
            "parameters": [
                {"name": item.name, "value": item.value, "apply_method": item.apply_method}
                for item in spec.parameters
            ],
            "region": region,
            "tags": {**tags, "Name": spec.prefix.rstrip("-")},
        },
        needed_options(deletion.retain),
    )
    return group.name


def make_option_group(
    name: str, spec: InstanceSpec, args: InstanceSettings, children: Children
) -> pulumi.Input[str] | None:
    """The group's name, None for an engine without options; a group is made unless the plan names one."""
    group = spec.option_group
    if group is None or group.name is not None:
        return group.name if group else None
    given = args.get("option_group", {}).get("options", [])
    made = children.make(
        "option_group",
        aws.rds.OptionGroup,
        f"{name}-options",
        {
            "name_prefix": group.prefix,
            "engine_name": group.engine,
            "major_engine_version": group.major,
            # Fixed text: a changed description would replace the group.
            "option_group_description": "Options of the database",
            "options": _options(group, [option.get("security_group_ids") for option in given]),
            # Snapshots hold their database's group, and AWS deletes none that is held: it stays, and costs nothing.
            "skip_destroy": spec.deletion.on_delete is not OnDelete.DESTROY,
            "tags": {**spec.tags, "Name": group.prefix.rstrip("-")},
        },
        needed_options(spec.deletion.retain),
    )
    return made.name


def _options(group: OptionGroupSpec, security_groups: list[Any]) -> list[dict[str, Any]]:
    options: list[dict[str, Any]] = []
    for option, groups in zip(group.options, security_groups, strict=True):
        given = {
            "option_name": option.name,
            "version": option.version,
            "port": option.port,
            "vpc_security_group_memberships": groups,
            "option_settings": [{"name": name, "value": value} for name, value in option.settings] or None,
        }
        options.append({key: value for key, value in given.items() if value is not None})
    return options

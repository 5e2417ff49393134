"""The form of a sample: a value for a property, and where boto3 shows it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dbstack.sandbox.aws.reading import dig

ROLE = "arn:aws:iam::123456789012:role/monitoring"


@dataclass(frozen=True)
class Sample:
    """A value that differs from the plain resource's, and the path where boto3's answer shows it."""

    value: Any
    path: str = ""
    shown: Any = None
    """What boto3 shows, where that isn't the value itself."""
    beside: Mapping[str, Any] = field(default_factory=dict)
    """What must be given with it."""
    instead: tuple[str, ...] = ()
    """What must be left out with it."""
    together: bool = False
    """Whether what is beside comes with the change, not before it."""
    create_only: str = ""
    """Why it can't be changed to this value later, though a change of it is no replacement."""
    look: Callable[[Any, str, Any], Any] | None = None
    """(world, id, described) -> what boto3 shows, where a path can't say it."""

    def seen(self, aws: Any, resource_id: str, described: Any) -> Any:
        return self.look(aws, resource_id, described) if self.look else dig(described, self.path)

    @property
    def expected(self) -> Any:
        return self.value if self.shown is None else self.shown


@dataclass(frozen=True)
class TypeSamples:
    plain: Callable[[Any], dict[str, Any]]
    describe: Callable[[Any, str], Any]
    samples: Callable[[Mapping[str, Any]], dict[str, Sample]]


def rds_tags(arn: str) -> dict[str, Sample]:
    return {
        "tags": Sample(
            {"Name": "x"},
            look=lambda aws, _id, found: {
                tag["Key"]: tag["Value"]
                for tag in aws.client("rds").list_tags_for_resource(ResourceName=found[arn])["TagList"]
            },
        )
    }

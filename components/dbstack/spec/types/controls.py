"""Security controls that a stack leaves off on purpose."""

from typing import NotRequired, TypedDict


class ControlsArgs(TypedDict):
    """Security controls that may be off here, each with its reason. The others are named in every preview."""

    acknowledged: NotRequired[dict[str, str]]
    """Reasons by the control's id, e.g. `{RDS.5: "dev needs no standby"}`. Change: nothing but the warnings of the preview."""

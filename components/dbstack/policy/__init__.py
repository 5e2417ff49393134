"""The security controls as a Pulumi policy pack, for every program: also one that doesn't use the components.

A pack is a folder with a `PulumiPolicy.yaml` and a `__main__.py` that calls `policy_pack()`: docs/controls.md has both.
Needs `pip install dbstack[policy]`.
"""

from dbstack.policy.pack import policy_pack

__all__ = ["policy_pack"]

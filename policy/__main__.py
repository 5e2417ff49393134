"""The pack of this repository: `pulumi preview --policy-pack policy`."""

from pathlib import Path

from dbstack.policy import policy_pack

policy_pack(exceptions=Path(__file__).with_name("exceptions.yaml"))

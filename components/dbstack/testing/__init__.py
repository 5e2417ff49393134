"""Tests of Pulumi programs without an engine and without an account: see docs/testing.md.

`deploy` runs a program against moto; `MotoMocks` and `RecordingMonitor` are its parts, for tests that call
`pulumi.runtime.set_mocks` themselves. Needs the `sandbox` extra (`pip install dbstack[sandbox]`).
"""

from dbstack.testing.deploy import Deployment, deploy
from dbstack.testing.mocks import MotoMocks, RejectedInputs
from dbstack.testing.recording import RecordedResource, RecordingMonitor

__all__ = ["Deployment", "MotoMocks", "RecordedResource", "RecordingMonitor", "RejectedInputs", "deploy"]

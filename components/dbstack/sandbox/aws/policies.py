"""Policy documents: as text in properties, parsed in what boto3 answers."""

import json
from typing import Any

from dbstack.sandbox.aws.model import Props


def as_text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)


def json_fault(props: Props, name: str) -> list[tuple[str, str]]:
    """Fault of a policy that is no JSON."""
    if not isinstance(props.get(name), str):
        return []
    try:
        json.loads(props[name])
    except ValueError as error:
        return [(name, f"is no JSON: {error}")]
    return []

"""The table of list prices: the one that is shipped, or a project's own in ``.dbstack/prices.yaml``."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import yaml

from dbstack.preview.errors import RecordingError

FILE = Path(".dbstack/prices.yaml")
_TEXTS = ("asOf", "region", "source")
_TABLES = ("storage", "iops")
_KEYS = (*_TEXTS, "instances", *_TABLES)


@dataclass(frozen=True)
class Prices:
    """List prices of one region, in US dollars."""

    as_of: str
    """When they held, e.g. `2026-11` or `2026-11-26`."""
    region: str
    source: str
    """Where they were taken from."""
    instances: Mapping[str, Mapping[str, float]]
    """By the hour: engine -> class -> price in one zone."""
    storage: Mapping[str, float]
    """By the GiB and month: volume type -> price in one zone."""
    iops: Mapping[str, float]
    """By the provisioned operation per second and month: volume type -> price in one zone."""

    @property
    def label(self) -> str:
        """Which prices these are."""
        return f"list prices of {self.as_of}, {self.region}"


def read_prices(folder: Path) -> Prices:
    """The project's own table, else the shipped one. Raises RecordingError with every fault of the file."""
    file = folder / FILE
    if not file.is_file():
        return parse(files("dbstack.preview").joinpath("prices.yaml").read_text(encoding="utf-8"), "prices")
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecordingError(f"{file}: it can't be read") from error
    return parse(text, str(file))


def parse(text: str, what: str) -> Prices:
    """The table in a text; `what` is named in errors."""
    try:
        content: object = yaml.safe_load(text)
    except yaml.YAMLError as error:
        problem = str(getattr(error, "problem", "") or error)
        raise RecordingError(f"{what}: no YAML that can be read: {problem}") from error
    if not isinstance(content, Mapping):
        raise RecordingError(f"{what}: give {', '.join(_KEYS)}")
    given = cast(Mapping[str, Any], content)
    faults = [f"{key}: no such key; the keys are {', '.join(_KEYS)}" for key in given if key not in _KEYS]
    faults += [f"{key}: is needed" for key in _TEXTS if not str(given.get(key) or "").strip()]
    instances = {
        str(engine): _table(f"instances.{engine}", classes, faults)
        for engine, classes in _mapping("instances", given.get("instances"), faults).items()
    }
    tables = {key: _table(key, given.get(key), faults) for key in _TABLES}
    if faults:
        raise RecordingError("\n".join(f"{what}: {fault}" for fault in faults))
    return Prices(
        str(given["asOf"]),
        str(given["region"]),
        str(given["source"]),
        instances,
        tables["storage"],
        tables["iops"],
    )


def _mapping(path: str, value: object, faults: list[str]) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        faults.append(f"{path}: give names with prices")
        return {}
    return cast(Mapping[str, Any], value)


def _table(path: str, value: object, faults: list[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, price in _mapping(path, value, faults).items():
        if isinstance(price, bool) or not isinstance(price, int | float) or not 0 <= price < 10_000:
            faults.append(f"{path}.{name}: {price!r} is no price in dollars")
        else:
            found[str(name)] = float(price)
    return found

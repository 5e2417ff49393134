"""Property values between the wire and Python."""

from typing import Any

import pytest

from dbstack.sandbox.wire import UNKNOWN, Blob, has_unknown, plain, wire

SIGNATURE = "4dabf18193072939515e22adb298388d"
ASSET = "c44067f5952c0a294b673a41bacd8c17"
RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"


@pytest.mark.parametrize(
    "value",
    ["text", "", 0, 5, -3, 2.5, True, False, [], [1, "a", [True]], {}, {"a": {"b": [UNKNOWN]}}, UNKNOWN],
)
def test_there_and_back(value: Any) -> None:
    back = plain(wire({"value": value}))["value"]
    assert back == value
    assert type(back) is type(value)


def test_what_is_none_is_left_out() -> None:
    assert plain(wire({"a": None, "b": 1})) == {"b": 1}


def test_references_stand_for_their_id() -> None:
    reference = {SIGNATURE: RESOURCE, "urn": "urn:x", "id": "vpc-1"}
    assert plain(wire({"a": reference})) == {"a": "vpc-1"}
    assert plain(wire({"a": {SIGNATURE: RESOURCE, "urn": "urn:x"}})) == {"a": "urn:x"}
    assert plain(wire({"a": {**reference, "id": ""}})) == {"a": UNKNOWN}


def test_assets_are_nothing_that_a_property_takes() -> None:
    assert isinstance(plain(wire({"a": {SIGNATURE: ASSET, "text": "x"}}))["a"], Blob)


def test_unknowns_are_seen_anywhere() -> None:
    assert has_unknown({"a": [{"b": UNKNOWN}]})
    assert not has_unknown({"a": [{"b": 1}]})
    # The engine has a sentinel for each kind of value.
    assert plain(wire({"n": "3eeb2bf0-c639-47a8-9e75-3b44932eb421"}))["n"] is UNKNOWN


def test_other_values_have_no_form() -> None:
    with pytest.raises(TypeError, match="bytes"):
        wire({"a": b"x"})

"""What target docker does not mirror is told once, or refused; the table of it is complete."""

from typing import Any

import pulumi
import pytest
from tests.unit.docker.programs import APP, RESOURCE, local

from dbstack import SpecError
from dbstack.spec import docker_mirror
from dbstack.spec.docker_mirror import Kind, unmirrored
from dbstack.spec.types import DatabaseSettings, ReplicaSettings


@pytest.mark.parametrize(
    ("table", "record"),
    [(docker_mirror.DATABASE, DatabaseSettings), (docker_mirror.REPLICA, ReplicaSettings)],
)
def test_every_field_stands_in_the_table(table: dict[str, Any], record: Any) -> None:
    fields = record.__required_keys__ | record.__optional_keys__
    assert {path.partition(".")[0] for path in table} == fields


def test_what_is_given_and_has_no_effect_is_told_in_one_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda message, *_, **__: told.append(message))
    args = {
        **APP,
        "dns": {"zone_id": "Z1234567890ABC", "name": "app.example.com"},
        "blue_green_update": {"enabled": True, "discard_source": True},
        "password": {"value": "sesame-and-more", "kms_key_id": "arn:aws:kms:us-east-1:123456789012:key/1"},
        "proxy": {"pool": {"borrow_timeout_seconds": 5}},
        "multi_az": False,
    }
    with local(args):
        pass
    (warning,) = told
    assert warning.startswith("app: target docker doesn't mirror ")
    for field in ("dns (no name is made: connect to `host`)", "blue_green_update (", "password.kms_key_id ("):
        assert field in warning
    for field in ("multi_az", "proxy", "engine", "sesame"):
        assert field not in warning


def test_nothing_is_told_of_a_plain_database(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda message, *_, **__: told.append(message))
    with local({**APP, "replicas": {"reporting": RESOURCE}, "proxy": {}, "on_delete": "destroy"}):
        pass
    assert told == []


def test_a_part_that_is_mirrored_hides_nothing_else() -> None:
    assert unmirrored({"monitoring": {"alarms": {"connections": 5}}}) == []
    (found,) = unmirrored({"monitoring": {"alarms": {}, "log_retention_days": 7}})
    assert found.startswith("monitoring (no CloudWatch")
    (found,) = unmirrored({"replicas": {"far": {"region": "eu-west-1"}}})
    assert found == "replicas.far.region (there is one machine)"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"restore_from": {"snapshot_identifier": "nightly"}}, "restore_from"),
        ({"replicas": {"r": {**RESOURCE, "promoted": True}}}, "replicas.r.promoted"),
    ],
)
def test_what_would_mislead_is_refused(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(SpecError) as raised:
        local({**APP, **changes}).close()
    assert path in {str(fault.path) for fault in raised.value.faults}
    assert docker_mirror.DATABASE["restore_from"].kind is Kind.REFUSED

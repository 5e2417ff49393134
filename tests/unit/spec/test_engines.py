"""Versions, and what the table of engines says against other sources."""

import json
import re
from pathlib import Path

import cfnlint
import pytest

from dbstack.spec.compute import engine_class_fault, instance_class_fault
from dbstack.spec.engines import ENGINES, EngineVersion, VersionChange, engine_facts, version_fault

CATALOGUE = Path(cfnlint.__file__).parent / "data/schemas/extensions/aws_rds_dbinstance"


@pytest.mark.parametrize(
    ("engine", "text", "major", "minor", "family"),
    [
        ("postgres", "17", "17", None, "postgres17"),
        ("postgres", "17.5", "17", "5", "postgres17"),
        # Of tomorrow.
        ("postgres", "42.1", "42", "1", "postgres42"),
        ("postgres", "11.22-rds.20240418", "11", "22-rds.20240418", "postgres11"),
        ("mysql", "8.4", "8.4", None, "mysql8.4"),
        ("mysql", "8.0.40", "8.0", "40", "mysql8.0"),
        ("mariadb", "11.4.5", "11.4", "5", "mariadb11.4"),
        ("mariadb", "10.11", "10.11", None, "mariadb10.11"),
        ("oracle-ee", "19", "19", None, "oracle-ee-19"),
        (
            "oracle-se2-cdb",
            "21.0.0.0.ru-2025-01.rur-2025-01.r1",
            "21",
            "0.0.0.ru-2025-01.rur-2025-01.r1",
            "oracle-se2-cdb-21",
        ),
        ("oracle-ee", "19.0.0.0.ru-2025-01.spb-1.r1", "19", "0.0.0.ru-2025-01.spb-1.r1", "oracle-ee-19"),
        ("sqlserver-se", "15.00", "15.00", None, "sqlserver-se-15.0"),
        ("sqlserver-ee", "16.00.4215.2.v1", "16.00", "4215.2.v1", "sqlserver-ee-16.0"),
    ],
)
def test_a_version_is_taken_apart(engine, text, major, minor, family):
    version = EngineVersion.parse(engine, text)
    assert (version.major, version.minor, version.family, version.text) == (major, minor, family, text)


@pytest.mark.parametrize(
    ("engine", "here", "there", "change"),
    [
        ("postgres", "17", "17", "none"),
        ("postgres", "17.5", "17", "none"),
        ("postgres", "17.5", "17.5", "none"),
        ("postgres", "17", "17.5", "minor"),
        ("postgres", "17.5", "17.10", "minor"),
        ("postgres", "17.10", "17.5", "downgrade"),
        ("postgres", "9.6", "17", None),
        ("postgres", "17.5", "18", "major"),
        ("postgres", "17", "16", "downgrade"),
        ("postgres", "17.1", "16.9", "downgrade"),
        ("mysql", "8.0.40", "8.4", "major"),
        ("mysql", "8.4", "8.0", "downgrade"),
        ("mysql", "8.0.9", "8.0.40", "minor"),
        ("mariadb", "10.6", "10.11", "major"),
        ("mariadb", "10.11", "10.6", "downgrade"),
        ("sqlserver-ex", "15.00.4490.9.v1", "16.00", "major"),
        ("sqlserver-ex", "15.00.4490.9.v1", "15.00.4236.7.v1", "downgrade"),
        (
            "oracle-ee",
            "19.0.0.0.ru-2025-01.rur-2025-01.r1",
            "19.0.0.0.ru-2025-10.rur-2025-10.r1",
            "minor",
        ),
    ],
)
def test_what_a_change_of_version_means(engine, here, there, change):
    if change is None:
        with pytest.raises(ValueError, match="before 10"):
            EngineVersion.parse(engine, here)
        return
    found = EngineVersion.parse(engine, here).change_to(EngineVersion.parse(engine, there))
    assert found is VersionChange(change)


def test_an_unknown_engine_is_named_with_the_known_ones():
    with pytest.raises(
        LookupError, match="'oracle' is not an engine of dbstack: choose postgres, mysql, mariadb"
    ):
        engine_facts("oracle")


def test_versions_of_the_catalogue_are_taken():
    versions = json.loads((CATALOGUE / "engine_version.json").read_text())
    texts = json.dumps(versions)
    found = 0
    for engine in ENGINES:
        for listed in re.findall(rf'"const": "{engine}".*?"enum": (\[[^\]]*\])', texts):
            for version in json.loads(listed):
                if engine == "postgres" and not re.match(r"\d\d", version):
                    continue
                found += 1
                assert version_fault(engine, version) is None, (engine, version)
    assert found > 50


def test_instance_classes_of_the_catalogue_are_taken():
    """Every class that AWS lists for these engines anywhere, apart from the long retired first generations."""
    retired = re.compile(r"db\.(m[123]|t1)\.")
    found: set[str] = set()
    for rules in json.loads((CATALOGUE / "dbinstanceclass_enum.json").read_text()).values():
        for rule in rules["allOf"]:
            if rule["if"]["properties"]["Engine"].get("const") in ENGINES:
                found |= set(rule["then"]["properties"]["DBInstanceClass"].get("enum", []))
    current = {name for name in found if not retired.match(name) or name.endswith("large")}
    assert len(current) > 200
    refused = {name: fault for name in current if (fault := instance_class_fault(name))}
    assert refused == {}


def test_the_facts_are_those_of_the_api_model():
    """Ports, password lengths and logs, against the field texts of the API model."""
    import botocore.session

    shape = (
        botocore.session.get_session()
        .get_service_model("rds")
        .operation_model("CreateDBInstance")
        .input_shape
    )

    def text(member):
        return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", shape.members[member].documentation))

    for facts in ENGINES.values():
        family = facts.name.partition("-")[0]
        label = {"oracle": "Oracle", "sqlserver": "SQL Server"}.get(family, facts.label)
        product = {"sqlserver": "Microsoft SQL Server"}.get(family, label)
        assert f"RDS for {product} - {facts.port}" in text("Port")
        lengths = f"RDS for {product} - Must contain from 8 to {facts.password_max} characters."
        assert lengths in text("MasterUserPassword")
        logs = " | ".join(facts.log_exports)
        assert f"RDS for {product} - {logs}" in text("EnableCloudwatchLogsExports")
        offered = re.search(rf"RDS for {product} - ((?:[a-z-]+ \| )*[a-z-]+)", text("LicenseModel"))
        assert offered is not None
        assert set(facts.licenses) <= set(offered.group(1).split(" | "))
        taken = re.findall(r"\d{4,5}(?:-\d{5})?", text("Port").partition("can't be")[2])
        assert (family == "sqlserver") == bool(facts.ports_excluded)
        for port in taken if facts.ports_excluded else []:
            first, _, last = port.partition("-")
            assert set(range(int(first), int(last or first) + 1)) <= facts.ports_excluded


def test_the_classes_of_the_catalogue_fit_the_engines():
    """What AWS lists for an engine passes; no Graviton class is listed for one that has none."""
    found = 0
    for rule in json.loads((CATALOGUE / "dbinstanceclass_enum.json").read_text())["us-east-1"]["allOf"]:
        engine = rule["if"]["properties"]["Engine"]
        engine = engine.get("const") if isinstance(engine, dict) else None
        then = rule["then"]["properties"]["DBInstanceClass"]
        if engine not in ENGINES or not isinstance(then, dict):
            continue
        for name in then.get("enum", []):
            # Retired ones that the catalogue still has.
            if ".t2." in name:
                continue
            found += 1
            assert engine_class_fault(engine, name) is None, (engine, name)
    assert found > 500

"""Parameter and option groups of a database, and the engines beside the first three, read back with boto3."""

from typing import Any

import pytest
from tests.unit.components.programs import INSTANCE, POSTGRES, QUIET, SECRET, database, described

from dbstack import Database, DatabaseNetwork
from dbstack.sandbox.aws.clients import client
from dbstack.testing import Deployment, deploy

PARAMETERS = "aws:rds/parameterGroup:ParameterGroup"
OPTIONS = "aws:rds/optionGroup:OptionGroup"
ORACLE = {"engine": "oracle-ee", "engine_version": "19", "instance_class": "db.t3.small"}
SQLSERVER = {"engine": "sqlserver-ex", "engine_version": "16.00", "instance_class": "db.t3.small"}


def parameters(deployment: Deployment, group: str) -> dict[str, tuple[str, str]]:
    found = deployment.client("rds").describe_db_parameters(DBParameterGroupName=group, Source="user")
    return {
        item["ParameterName"]: (item["ParameterValue"], item["ApplyMethod"]) for item in found["Parameters"]
    }


def group_of(deployment: Deployment, identifier: str = "shop-dev-app") -> str:
    [group] = described(deployment, identifier)["DBParameterGroups"]
    return group["DBParameterGroupName"]


@pytest.mark.parametrize(
    ("settings", "family", "forced"),
    [
        (POSTGRES, "postgres17", {"rds.force_ssl": ("1", "pending-reboot")}),
        (
            {"engine": "mysql", "engine_version": "8.4", "instance_class": "db.t3.micro"},
            "mysql8.4",
            {"require_secure_transport": ("1", "pending-reboot")},
        ),
        (
            {"engine": "mariadb", "engine_version": "11.4", "instance_class": "db.t3.micro"},
            "mariadb11.4",
            {"require_secure_transport": ("ON", "pending-reboot")},
        ),
        (ORACLE, "oracle-ee-19", {}),
        (SQLSERVER, "sqlserver-ex-16.0", {"rds.force_ssl": ("1", "pending-reboot")}),
    ],
)
def test_by_default_a_group_of_its_own_forces_tls(
    settings: dict[str, Any], family: str, forced: dict[str, Any]
) -> None:
    with database(settings) as deployment:
        group = group_of(deployment)
        assert group.startswith(f"shop-dev-app-{family.replace('.', '-')}-")
        [shown] = deployment.client("rds").describe_db_parameter_groups(DBParameterGroupName=group)[
            "DBParameterGroups"
        ]
        assert shown["DBParameterGroupFamily"] == family
        assert parameters(deployment, group) == forced


def test_one_word_logs_statements_by_pgaudit() -> None:
    group: dict[str, Any] = {"pgaudit": ["ddl", "role"]}
    with database({**POSTGRES, "parameter_group": group}) as deployment:
        found = parameters(deployment, group_of(deployment))
        # The library needs a restart, what is logged doesn't.
        assert found["shared_preload_libraries"] == ("pg_stat_statements,pgaudit", "pending-reboot")
        assert found["pgaudit.log"] == ("ddl,role", "immediate")
    group["parameters"] = {"shared_preload_libraries": "auto_explain"}
    with database({**POSTGRES, "parameter_group": group}) as deployment:
        found = parameters(deployment, group_of(deployment))
        assert found["shared_preload_libraries"][0] == "auto_explain,pgaudit"


def test_extensions_are_preloaded_beside_what_is_loaded_already() -> None:
    def loaded(extensions: list[str], group: dict[str, Any], identifier: str = "shop-dev-app") -> Any:
        replicas = {"own": {"parameter_group": {"parameters": {"work_mem": "1"}}}}
        args = {**POSTGRES, "parameter_group": group, "extensions": extensions, "replicas": replicas}
        with database(args) as deployment:
            found = parameters(deployment, group_of(deployment, identifier))
            return found.get("shared_preload_libraries"), found.get("cron.database_name")

    # What needs no library, and what RDS loads anyway, changes nothing.
    assert loaded(["citext", "pg_stat_statements"], {}) == (None, None)
    libraries, database_name = loaded(["pg_cron", "citext", "auto_explain"], {"pgaudit": ["ddl"]})
    assert libraries == ("pg_stat_statements,pgaudit,pg_cron,auto_explain", "pending-reboot")
    # It can be made in that database alone.
    assert database_name == ("app", "pending-reboot")
    given = {"parameters": {"shared_preload_libraries": "auto_explain", "cron.database_name": "jobs"}}
    assert loaded(["pg_cron"], given) == (
        ("auto_explain,pg_cron", "pending-reboot"),
        ("jobs", "pending-reboot"),
    )
    # A replica with a group of its own loads them too: it has the extensions.
    libraries, _ = loaded(["pgaudit"], {}, "shop-dev-app-own")
    assert libraries == ("pg_stat_statements,pgaudit", "pending-reboot")


def test_own_parameters_need_no_apply_method() -> None:
    """The pain: a static parameter with `immediate` fails, and a dynamic one with the wrong method differs for ever."""
    wanted = {f"p{number}": "1" for number in range(25)} | {"max_connections": "300", "work_mem": "8192"}
    with database({**POSTGRES, "parameter_group": {"parameters": wanted}}) as deployment:
        found = parameters(deployment, group_of(deployment))
        assert len(found) == 28
        assert found["max_connections"] == ("300", "pending-reboot")
        assert found["work_mem"] == ("8192", "immediate")
        assert found["p7"] == ("1", "pending-reboot")


def test_an_existing_group_is_adopted_and_none_is_made() -> None:
    with database({**POSTGRES, "parameter_group": {"engine_default": True}}) as deployment:
        assert deployment.of_type(PARAMETERS) == []
        assert group_of(deployment) == "default.postgres17"
        assert deployment.one(INSTANCE).inputs["parameterGroupName"] == "default.postgres17"


def test_groups_of_the_users_own_are_adopted_by_name() -> None:
    """Whoever made them: outside Pulumi here."""

    def program() -> None:
        rds = client("rds", "us-east-1")
        rds.create_db_parameter_group(
            DBParameterGroupName="theirs", DBParameterGroupFamily="mysql8.4", Description="theirs"
        )
        rds.create_option_group(
            OptionGroupName="audited",
            EngineName="mysql",
            MajorEngineVersion="8.4",
            OptionGroupDescription="theirs",
        )
        network = DatabaseNetwork("network", {"vpc_cidr": "10.0.0.0/16", **QUIET})
        placed: Any = {"vpc_id": network.vpc_id, "subnet_ids": network.subnet_ids}
        adopted: Any = {"parameter_group": {"name": "theirs"}, "option_group": {"name": "audited"}}
        mysql: Any = {"engine": "mysql", "engine_version": "8.4", "instance_class": "db.t3.micro"}
        Database("app", {**mysql, **adopted, "network": placed, "replicas": {"near": {}}})

    with deploy(program, project="shop", stack="dev") as deployment:
        assert deployment.of_type(PARAMETERS) == deployment.of_type(OPTIONS) == []
        assert [group_of(deployment, f"shop-dev-{name}") for name in ("app", "app-near")] == ["theirs"] * 2
        [membership] = described(deployment)["OptionGroupMemberships"]
        assert membership["OptionGroupName"] == "audited"


def test_replicas_stand_in_their_sources_group() -> None:
    replicas = {"near": {}, "own": {"parameter_group": {"parameters": {"work_mem": "1"}}}}
    with database({**POSTGRES, "replicas": replicas}) as deployment:
        assert group_of(deployment, "shop-dev-app-near") == group_of(deployment)
        own = group_of(deployment, "shop-dev-app-own")
        assert own.startswith("shop-dev-app-own-postgres17-")
        assert set(parameters(deployment, own)) == {"work_mem", "rds.force_ssl"}


def test_a_group_has_the_transform_of_its_role() -> None:
    def rename(properties: dict[str, Any], _options: Any) -> None:
        properties["description"] = "ours"

    with database(POSTGRES, transform={"parameter_group": rename}) as deployment:
        assert deployment.one(PARAMETERS).inputs["description"] == "ours"


def test_options() -> None:
    options = [
        {"name": "S3_INTEGRATION", "version": "1.0"},
        {
            "name": "OEM",
            "port": 5500,
            "settings": {"TLS_VERSION": "1.2"},
            "security_group_ids": ["sg-12345678"],
        },
    ]
    with database({**ORACLE, "option_group": {"options": options}}) as deployment:
        [membership] = described(deployment)["OptionGroupMemberships"]
        name = membership["OptionGroupName"]
        assert name.startswith("shop-dev-app-oracle-ee-19-")
        [group] = deployment.client("rds").describe_option_groups(OptionGroupName=name)["OptionGroupsList"]
        found = {option["OptionName"]: option for option in group["Options"]}
        assert found["S3_INTEGRATION"]["OptionVersion"] == "1.0"
        assert found["OEM"]["Port"] == 5500
        assert found["OEM"]["OptionSettings"] == [{"Name": "TLS_VERSION", "Value": "1.2"}]
        assert found["OEM"]["VpcSecurityGroupMemberships"][0]["VpcSecurityGroupId"] == "sg-12345678"
        # Snapshots hold it: it is left in AWS, so that no deletion fails.
        assert deployment.one(OPTIONS).inputs["skipDestroy"] is True


def test_the_option_group_of_a_database_to_destroy_goes_with_it() -> None:
    settings = {**ORACLE, "on_delete": "destroy", "option_group": {"options": [{"name": "S3_INTEGRATION"}]}}
    with database(settings) as deployment:
        assert deployment.one(OPTIONS).inputs["skipDestroy"] is False


def test_without_options_the_engines_own_group_is_said() -> None:
    with database(ORACLE) as deployment:
        assert deployment.one(INSTANCE).inputs["optionGroupName"] == "default:oracle-ee-19"
        assert described(deployment)["OptionGroupMemberships"][0]["OptionGroupName"] == "default:oracle-ee-19"
    with database(POSTGRES) as deployment:
        assert "optionGroupName" not in deployment.one(INSTANCE).inputs


def test_oracle() -> None:
    chosen = {
        "character_set": "WE8ISO8859P15",
        "nchar_character_set": "UTF8",
        "ca_certificate": "rds-ca-rsa4096-g1",
    }
    with database({**ORACLE, **chosen, "availability_zone": "us-east-1b"}) as deployment:
        found = described(deployment)
        assert (found["Engine"], found["Endpoint"]["Port"], found["DBName"]) == ("oracle-ee", 1521, "ORCL")
        assert found["EngineVersion"].startswith("19.0.0.0.ru-")
        assert (found["CharacterSetName"], found["NcharCharacterSetName"]) == ("WE8ISO8859P15", "UTF8")
        assert found["LicenseModel"] == "bring-your-own-license"
        assert (found["CACertificateIdentifier"], found["AvailabilityZone"]) == (
            "rds-ca-rsa4096-g1",
            "us-east-1b",
        )
        assert deployment.outputs["database"] == "ORCL"


def test_oracle_with_containers_and_a_generated_password() -> None:
    settings = {
        "engine": "oracle-se2-cdb",
        "license_model": "license-included",
        "password": {"source": "generated"},
    }
    with database({**ORACLE, **settings}) as deployment:
        assert described(deployment)["LicenseModel"] == "license-included"
        assert described(deployment)["Endpoint"]["Port"] == 1521
        secret = deployment.client("secretsmanager").get_secret_value(SecretId=deployment.one(SECRET).id)
        # AWS's rotation functions know Oracle by this name.
        assert '"engine": "oracle"' in secret["SecretString"]
        assert '"dbname": "ORCL"' in secret["SecretString"]


def test_sql_server() -> None:
    chosen = {"timezone": "Central European Standard Time", "character_set": "Latin1_General_CI_AS"}
    with database({**SQLSERVER, **chosen}) as deployment:
        found = described(deployment)
        assert (found["Engine"], found["Endpoint"]["Port"]) == ("sqlserver-ex", 1433)
        assert found["Timezone"] == "Central European Standard Time"
        assert found["CharacterSetName"] == "Latin1_General_CI_AS"
        assert "DBName" not in found
        assert "dbName" not in deployment.one(INSTANCE).inputs
        # What a client connects to first.
        assert deployment.outputs["database"] == "master"


def test_the_log_has_a_volume_of_its_own() -> None:
    storage = {"type": "io2", "allocated_gib": 100, "iops": 3000, "dedicated_log_volume": True}
    with database({**POSTGRES, "storage": storage}) as deployment:
        assert described(deployment)["DedicatedLogVolume"] is True


def test_the_certificate_of_a_database_and_its_replicas() -> None:
    replicas = {"like": {}, "own": {"ca_certificate": "rds-ca-ecc384-g1"}}
    settings = {"ca_certificate": "rds-ca-rsa4096-g1", "replicas": replicas}
    with database({**POSTGRES, **settings}) as deployment:
        found = {
            name: described(deployment, f"shop-dev-{name}")["CACertificateIdentifier"]
            for name in ("app", "app-like", "app-own")
        }
        assert found == {
            "app": "rds-ca-rsa4096-g1",
            "app-like": "rds-ca-rsa4096-g1",
            "app-own": "rds-ca-ecc384-g1",
        }


@pytest.mark.parametrize("engine", ["postgres", "mysql"])
def test_extended_support_is_declined(engine: str) -> None:
    version = {"postgres": "17", "mysql": "8.4"}[engine]
    settings = {"engine": engine, "engine_version": version, "instance_class": "db.t3.micro"}
    with database(settings) as deployment:
        assert described(deployment)["EngineLifecycleSupport"] == "open-source-rds-extended-support"
        assert "engineLifecycleSupport" not in deployment.one(INSTANCE).inputs
    declined = "open-source-rds-extended-support-disabled"
    with database({**settings, "engine_lifecycle_support": declined}) as deployment:
        assert described(deployment)["EngineLifecycleSupport"] == declined


def test_a_customer_owned_address_on_an_outpost() -> None:
    with database({**POSTGRES, "customer_owned_ip": True}) as deployment:
        assert described(deployment)["CustomerOwnedIpEnabled"] is True
    with database(POSTGRES) as deployment:
        assert "customerOwnedIpEnabled" not in deployment.one(INSTANCE).inputs


def test_an_oracle_replica_stands_by_mounted() -> None:
    settings = {**ORACLE, "password": {"source": "generated"}, "storage": {"allocated_gib": 100}}
    replicas = {"disaster": {"replica_mode": "mounted"}, "reads": {}}
    with database({**settings, "replicas": replicas}) as deployment:
        assert described(deployment, "shop-dev-app-disaster")["ReplicaMode"] == "mounted"
        inputs = {item.name: item.inputs for item in deployment.of_type(INSTANCE)}
        assert "replicaMode" not in inputs["app-reads"]


def test_dual_stack() -> None:
    replicas = {"like": {}, "own": {"network_type": "IPV4"}}
    with database({**POSTGRES, "network_type": "DUAL", "replicas": replicas}) as deployment:
        found = [
            described(deployment, f"shop-dev-{name}")["NetworkType"]
            for name in ("app", "app-like", "app-own")
        ]
        assert found == ["DUAL", "DUAL", "IPV4"]

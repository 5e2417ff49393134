"""What the Docker components ask of Docker, by the mocks: the call that makes each container, and who may see what."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.components.programs import POSTGRES, database
from tests.unit.docker.programs import APP, RESOURCE, asked, files, local

from dbstack import Database, DockerStack, SpecError, Target
from dbstack.sandbox.docker import create
from dbstack.sandbox.docker.operations import RemoteImage
from dbstack.sandbox.docker.table import CONTAINER, IMAGE, VOLUME
from dbstack.testing import MotoMocks, deploy

PASSWORD = "sesame-and-more"


def test_postgres_is_local_health_gated_and_its_password_a_file() -> None:
    with local({**APP, "password": {"value": PASSWORD}}) as deployment:
        body = asked(deployment, "app")
        bound = [{"HostIp": "127.0.0.1", "HostPort": "5432"}]
        assert body["HostConfig"]["PortBindings"] == {"5432/tcp": bound}
        assert body["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"
        assert body["HostConfig"]["Binds"] == ["shop-local-app-data:/var/lib/postgresql/data:rw"]
        health = body["Healthcheck"]
        assert health["Test"] == ["CMD", "pg_isready", "-q", "-h", "127.0.0.1", "-U", "dbadmin", "-d", "app"]
        seconds = {key: value // 10**9 for key, value in health.items() if key not in ("Test", "Retries")}
        assert seconds == {"Interval": 30, "Timeout": 10, "StartPeriod": 120, "StartInterval": 1}
        assert health["Retries"] == 3
        assert PASSWORD not in json.dumps(body)
        container = deployment.one(CONTAINER, "app")
        assert "uploads" in container.secret_inputs
        (file,) = [item for item in container.inputs["uploads"] if item["content"] == PASSWORD]
        assert (file["permissions"], file["owner"]) == ("0400", "999")
        assert container.delete_before_replace
        assert container.replace_on_changes == ("healthcheck",)
        assert "url" in deployment.secret_outputs
        assert f":{PASSWORD}@127.0.0.1:5432/app?sslmode=verify-full" in deployment.outputs["url"]


def test_postgres_18_keeps_its_data_where_its_image_does() -> None:
    with local({**APP, "engine_version": "18"}) as deployment:
        body = asked(deployment, "app")
        assert body["HostConfig"]["Binds"] == ["shop-local-app-data:/var/lib/postgresql:rw"]
        assert "PGDATA=/var/lib/postgresql/18/docker" in body["Env"]


def test_postgres_makes_its_extensions_and_loads_those_that_need_it() -> None:
    args = {
        **APP,
        "extensions": ["pg_trgm", "pg_cron", "auto_explain"],
        "parameter_group": {"parameters": {"shared_preload_libraries": "pg_stat_statements,orafce"}},
        "replicas": {"r": RESOURCE},
    }
    with local(args) as deployment:
        primary, replica = asked(deployment, "app"), asked(deployment, "app-r")
        loaded = "shared_preload_libraries=pg_stat_statements,pg_cron,auto_explain"
        assert loaded in primary["Cmd"]
        assert loaded in replica["Cmd"], "a standby has them too"
        assert "cron.database_name=app" in primary["Cmd"]
        # A library alone is not made.
        assert "DBSTACK_EXTENSIONS=pg_trgm pg_cron" in primary["Env"]
        assert not any("EXTENSIONS" in item for item in replica["Env"]), "they come from the primary"
    # What RDS loads by itself is asked for here.
    with local({**APP, "extensions": ["pg_stat_statements"]}) as deployment:
        assert "shared_preload_libraries=pg_stat_statements" in asked(deployment, "app")["Cmd"]
    with local(APP) as deployment:
        body = asked(deployment, "app")
        assert not any("shared_preload" in word for word in body["Cmd"])
        assert not any("EXTENSIONS" in item for item in body["Env"])


def test_wal_is_archived_into_a_volume_of_its_own_by_the_primary_alone() -> None:
    replicas = {"reporting": {"instance_class": "db.t3.micro"}}
    with local({**APP, "replicas": replicas, "docker": {"wal_archive": True}}) as deployment:
        body, replica = asked(deployment, "app"), asked(deployment, "app-reporting")
        assert body["HostConfig"]["Binds"] == [
            "shop-local-app-data:/var/lib/postgresql/data:rw",
            "shop-local-app-archive:/dbstack/archive:rw",
        ]
        assert "DBSTACK_ARCHIVE=/dbstack/archive" in body["Env"]
        assert {"archive_mode=on", "archive_command=sh /etc/dbstack/archive.sh %p %f"} < set(body["Cmd"])
        assert "/etc/dbstack/archive.sh" in files(deployment, "app")
        assert (
            "\nlocal replication all trust\n"
            in files(deployment, "app")["/etc/dbstack/pg_hba.conf"]["content"]
        )
        assert "archive" not in json.dumps([replica["HostConfig"]["Binds"], replica["Cmd"], replica["Env"]])
    with local(APP) as deployment:
        assert "archive" not in json.dumps(asked(deployment, "app"))
        assert "local replication" not in files(deployment, "app")["/etc/dbstack/pg_hba.conf"]["content"]


def test_mysql_takes_its_passwords_from_files() -> None:
    with local({**APP, "engine": "mysql", "engine_version": "8.4"}) as deployment:
        body = asked(deployment, "app")
        assert body["Entrypoint"] == ["sh", "/etc/dbstack/start.sh"]
        assert body["Cmd"][0] == "mysqld"
        assert "--require-secure-transport=1" in body["Cmd"]
        assert {
            "MYSQL_DATABASE=app",
            "MYSQL_USER=dbadmin",
            "MYSQL_PASSWORD_FILE=/etc/dbstack/password",
        } <= set(body["Env"])
        assert not any(item.startswith("MYSQL_PASSWORD=") for item in body["Env"])
        assert list(body["HostConfig"]["PortBindings"]) == ["3306/tcp"]


def test_a_mariadb_is_logged_and_its_replica_follows_and_takes_no_writes() -> None:
    args = {**APP, "engine": "mariadb", "engine_version": "11.4", "replicas": {"r": RESOURCE}}
    with local({**args, "password": {"value": PASSWORD}}) as deployment:
        primary, replica = asked(deployment, "app"), asked(deployment, "app-r")
        assert {"--server-id=1", "--log-bin=binlog"} <= set(primary["Cmd"])
        assert {"--server-id=2", "--read-only=1"} <= set(replica["Cmd"])
        assert "--log-bin=binlog" not in replica["Cmd"]
        assert "DBSTACK_PRIMARY=shop-local-app" in replica["Env"]
        assert not any(item.startswith("MARIADB_DATABASE") for item in replica["Env"]), (
            "it comes with the copy"
        )
        asks = "mariadb -uroot -e 'SHOW REPLICA STATUS\\G' | grep -cE '(IO|SQL)_Running: Yes' | grep -qx 2"
        assert asks in replica["Healthcheck"]["Test"][1]
        assert "REPLICA" not in primary["Healthcheck"]["Test"][1]
        assert PASSWORD not in json.dumps(replica)
        word = files(deployment, "app")["/etc/dbstack/replication-password"]["content"]
        assert files(deployment, "app-r")["/etc/dbstack/replication-password"]["content"] == word


def test_the_companions_of_a_stack() -> None:
    def program() -> dict[str, Any]:
        stack = DockerStack("stack", {"databases": {}, "redis": {}, "mongo": {"username": "admin"}})
        return {"redis": stack.redis_url, "mongo": stack.mongo_url}

    mocks = MotoMocks(pass_through=("docker",))
    with deploy(program, project="shop", stack="local", mocks=mocks) as deployment:
        images = {
            item.name: item.inputs["name"]
            for item in deployment.of_type("docker:index/remoteImage:RemoteImage")
        }
        assert images == {"redis": "redis:7-alpine", "mongo": "mongo:6"}
        mongo = asked(deployment, "mongo")
        assert set(mongo["Env"]) == {
            "MONGO_INITDB_ROOT_USERNAME=admin",
            "MONGO_INITDB_ROOT_PASSWORD_FILE=/etc/dbstack/password",
        }
        assert mongo["HostConfig"]["PortBindings"] == {
            "27017/tcp": [{"HostIp": "127.0.0.1", "HostPort": "27017"}]
        }
        assert mongo["HostConfig"]["Binds"] == ["shop-local-mongo-data:/data/db:rw"]
        redis = deployment.one(CONTAINER, "redis").inputs
        assert any("appendonly yes" in item["content"] for item in redis["uploads"])
        # No password on a command line, which every user of the machine sees: `-a` would be one.
        assert asked(deployment, "redis")["Healthcheck"]["Test"] == [
            "CMD-SHELL",
            'REDISCLI_AUTH="$(cat /etc/dbstack/password)" redis-cli -h 127.0.0.1 ping | grep -qx PONG',
        ]
        assert deployment.outputs["mongo"].startswith("mongodb://admin:")
        assert {"redis", "mongo"} <= deployment.secret_outputs


@pytest.mark.parametrize(("choice", "kept"), [("destroy", None), ("snapshot", True), ("retain", True)])
def test_the_volume_stays_unless_it_is_to_be_destroyed(choice: str, kept: bool | None) -> None:
    more = {"replicas": {"r": RESOURCE}, "docker": {"wal_archive": True}}
    with local({**APP, "on_delete": choice, **more}) as deployment:
        volumes = deployment.of_type(VOLUME)
        # One that was there before keeps its own options: a difference would replace it, data and all.
        assert {volume.ignore_changes for volume in volumes} == {("driver", "driverOpts", "labels")}
        assert {volume.name: volume.retain_on_delete or None for volume in volumes} == {
            "app": kept,
            "app-r": kept,
            "app-wal-archive": kept,
        }


def test_both_targets_have_the_same_outputs_of_the_same_types() -> None:
    args = {**APP, "replicas": {"reporting": RESOURCE}, "target": Target.DOCKER}
    with local(args, Database) as deployment:
        here = deployment.outputs
        secret = deployment.secret_outputs
    with database({**POSTGRES, "replicas": {"reporting": RESOURCE}}) as deployment:
        there = deployment.one("dbstack:index:Database").registered_outputs or {}
        assert "url" in deployment.one("dbstack:index:Database").secret_registered_outputs
    assert "url" in secret
    types = {key.replace("_", "").lower(): type(value) for key, value in here.items()}
    assert types == {
        key.replace("_", "").lower(): int if isinstance(value, float) else type(value)
        for key, value in there.items()
    }


@pytest.mark.parametrize(
    ("changes", "path", "part"),
    [
        ({"docker": {"image": "postgres:15"}}, "docker.image", "is not PostgreSQL 17"),
        ({"docker": {"image": "postgres"}}, "docker.image", "has no tag"),
        ({"docker": {"image": "postgres:latest"}}, "docker.image", "doesn't begin with a version"),
        ({"docker": {"port": 70000}}, "docker.port", "is no TCP port"),
        ({"docker": {"replica_ports": {"x": 5433}}}, "docker.replica_ports", "there is no replica 'x'"),
        ({"docker": {"memory_mib": 1}}, "docker.memory_mib", "the least that Docker takes"),
        (
            {"engine_version": "12", "docker": {"wal_archive": True}},
            "docker.wal_archive",
            "from PostgreSQL 13 on, and this is 12",
        ),
        (
            {"engine": "mysql", "engine_version": "8.4", "docker": {"wal_archive": True}},
            "docker.wal_archive",
            "only postgres has WAL",
        ),
        ({"docker": {"health_check": {"retries": 0}}}, "docker.health_check.retries", "less than 1"),
        ({"engine": "oracle-ee", "engine_version": "19"}, "engine", "doesn't run with target docker"),
        (
            {"engine": "mysql", "engine_version": "8.4", "replicas": {"r": RESOURCE}},
            "replicas",
            "only postgres and mariadb have replicas",
        ),
    ],
)
def test_what_docker_cannot_run_is_told_before_anything_is_made(
    changes: dict[str, Any], path: str, part: str
) -> None:
    with pytest.raises(SpecError) as raised:
        local({**APP, **changes}).close()
    found = {str(fault.path): fault.message for fault in raised.value.faults}
    assert part in found[next(key for key in found if key.startswith(path))]


def test_an_image_of_the_full_version_or_of_another_name_is_taken() -> None:
    for image in ("postgres:17.5-alpine", "registry.example:5000/team/postgres:17@sha256:" + "a" * 64):
        with local({**APP, "docker": {"image": image}}) as deployment:
            assert deployment.one("docker:index/remoteImage:RemoteImage").inputs["name"] == image


class Pulled(MotoMocks):
    """Images that are there, as a provider describes them: `digest` is empty of one that was never in a registry."""

    def __init__(self, digest: str) -> None:
        super().__init__(pass_through=("docker",))
        self.digest = digest

    def new_resource(self, args: Any) -> Any:
        made, state = super().new_resource(args)
        if args.typ == IMAGE:
            state = {**state, "imageId": "sha256:1", "repoDigest": self.digest}
        return made, state


@pytest.mark.parametrize(("digest", "runs"), [("postgres@sha256:2", "postgres@sha256:2"), ("", "sha256:1")])
def test_a_container_runs_the_image_by_its_digest(digest: str, runs: str) -> None:
    """Once pulled: a tag that has moved on since is another image."""

    def program() -> dict[str, Any]:
        made = DockerStack("stack", {"databases": {"app": {**APP, "replicas": {"r": RESOURCE}}}, "redis": {}})
        return {"urls": made.redis_url}

    with deploy(program, project="shop", stack="local", mocks=Pulled(digest)) as deployment:
        assert {item.inputs["image"] for item in deployment.of_type(CONTAINER)} == {runs}


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("postgres:17", "postgres@sha256:a"),
        ("registry.example:5000/team/postgres:17", "registry.example:5000/team/postgres@sha256:b"),
        ("mirror.example/postgres:17", ""),
    ],
)
def test_the_digest_is_of_the_images_own_repository(name: str, digest: str) -> None:
    class Api:
        def inspect_image(self, _: str) -> dict[str, Any]:
            known = ["registry.example:5000/team/postgres@sha256:b", "postgres@sha256:a"]
            return {"Id": f"sha256:{'1' * 64}", "RepoDigests": known}

    engine: Any = SimpleNamespace(api=Api())
    state = RemoteImage().read(engine, f"sha256:{'1' * 64}{name}", {"name": name})
    assert state is not None
    assert state["repoDigest"] == digest


def test_without_tls_forced_the_access_rules_let_it_in() -> None:
    group = {"parameters": {"rds.force_ssl": "0", "work_mem": "8192"}}
    with local({**APP, "parameter_group": group}) as deployment:
        uploads = deployment.one(CONTAINER, "app").inputs["uploads"]
        (hba,) = [item["content"] for item in uploads if item["file"].endswith("pg_hba.conf")]
        assert "\nhost all all all scram-sha-256" in hba
        assert "work_mem=8192" in asked(deployment, "app")["Cmd"]
        assert not any("rds." in word for word in asked(deployment, "app")["Cmd"])


def test_the_same_certificate_every_time() -> None:
    contents = []
    for _ in range(2):
        with local(APP) as deployment:
            uploads = deployment.one(CONTAINER, "app").inputs["uploads"]
            contents.append([item["content"] for item in uploads if item["file"].endswith("server.crt")])
    assert contents[0] == contents[1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("30s", 30 * 10**9), ("1m30s", 90 * 10**9), ("500ms", 5 * 10**8), ("soon", None), ("5", None), ("0", 0)],
)
def test_durations_as_go_writes_them(text: str, expected: int | None) -> None:
    assert create.nanoseconds(text) == expected

"""What runs beside a stack's databases: Redis with its append-only file on, MongoDB with a root user."""

from collections.abc import Callable, Sequence
from urllib.parse import quote

import pulumi

from dbstack.common.children import Children
from dbstack.docker import containers
from dbstack.docker.containers import File
from dbstack.spec.docker_plan import HEALTH_CHECK, HealthSpec
from dbstack.spec.types import MongoSettings, RedisSettings

_HEALTH = HealthSpec(
    HEALTH_CHECK["interval_seconds"], HEALTH_CHECK["timeout_seconds"], HEALTH_CHECK["retries"]
)
_FOLDER = "/etc/dbstack"
_PASSWORD_FILE = f"{_FOLDER}/password"
_PASSWORD_LENGTH = 30
# In the official images of both.
_OWNER = "999"


def make_redis(
    name: str,
    physical: str,
    settings: RedisSettings,
    network: pulumi.Input[str],
    keep: bool,
    children: Children,
) -> pulumi.Output[str]:
    """A Redis; returns its URL, a secret."""
    password = _password(name, children)
    # In a file: a command line is seen by everybody on the machine.
    config = pulumi.Output.format("appendonly yes\ndir /data\nrequirepass {0}\n", password)
    # By the environment: a command line is seen by everybody on this machine.
    ask = f'REDISCLI_AUTH="$(cat {_PASSWORD_FILE})" redis-cli -h 127.0.0.1 ping | grep -qx PONG'
    port = settings.get("port", 6379)
    made = _make(
        name,
        physical,
        children,
        image=settings.get("image", "redis:7-alpine"),
        network=network,
        port=(6379, port),
        health=("CMD-SHELL", ask),
        data="/data",
        keep=keep,
        command=("redis-server", f"{_FOLDER}/redis.conf"),
        files=(
            File(f"{_FOLDER}/redis.conf", config, _OWNER, "0400"),
            File(_PASSWORD_FILE, password, _OWNER, "0400"),
        ),
    )
    return _url(made, password, lambda word: f"redis://:{quote(word, safe='')}@{containers.HOST}:{port}/0")


def make_mongo(
    name: str,
    physical: str,
    settings: MongoSettings,
    network: pulumi.Input[str],
    keep: bool,
    children: Children,
) -> pulumi.Output[str]:
    """A MongoDB with a root user; returns its URL, a secret. Its volume keeps the first password."""
    password = _password(name, children)
    user, port = settings.get("username", "root"), settings.get("port", 27017)
    image = settings.get("image", "mongo:6")
    made = _make(
        name,
        physical,
        children,
        image=image,
        network=network,
        port=(27017, port),
        # The first start listens too, but on the container's own address only once it is over.
        health=(
            "CMD-SHELL",
            "mongosh --quiet --host \"$(hostname -i | cut -d' ' -f1)\""
            " --eval 'quit(db.adminCommand(\"ping\").ok ? 0 : 1)'",
        ),
        data="/data/db",
        keep=keep,
        environment={
            "MONGO_INITDB_ROOT_USERNAME": user,
            "MONGO_INITDB_ROOT_PASSWORD_FILE": _PASSWORD_FILE,
        },
        files=(File(_PASSWORD_FILE, password, _OWNER, "0400"),),
    )
    return _url(
        made,
        password,
        lambda word: (
            f"mongodb://{quote(user, safe='')}:{quote(word, safe='')}@{containers.HOST}:{port}/?authSource=admin"
        ),
    )


def _password(name: str, children: Children) -> pulumi.Output[str]:
    import pulumi_random as random

    properties = {"length": _PASSWORD_LENGTH, "special": False}
    return children.make("password", random.RandomPassword, f"{name}-password", properties).result


def _make(
    name: str,
    physical: str,
    children: Children,
    *,
    image: str,
    network: pulumi.Input[str],
    port: tuple[int, int],
    health: Sequence[str],
    data: str,
    keep: bool,
    files: Sequence[File],
    environment: dict[str, str] | None = None,
    command: Sequence[str] | None = None,
) -> pulumi.CustomResource:
    volume = containers.make_volume(name, f"{physical}-data", keep, children)
    return containers.make_container(
        name,
        physical,
        children,
        image=containers.make_image(name, image, children),
        network=network,
        alias=name,
        port=port,
        checked=containers.health(health, _HEALTH),
        environment=environment,
        command=command,
        volumes={data: volume},
        files=files,
    )


def _url(
    made: pulumi.CustomResource, password: pulumi.Output[str], spell: Callable[[str], str]
) -> pulumi.Output[str]:
    """Known when the container is healthy."""
    known = pulumi.Output.all(made.id, password)
    return pulumi.Output.secret(known.apply(lambda found: spell(str(found[1]))))

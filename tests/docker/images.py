"""The images of the Docker tests: made from Debian's packages, so that no image registry is needed.

They are never passed off as the upstream images, only laid out like them (users, paths, entrypoints). They stay in the
Docker engine that made them; `python tests/docker/images.py [NAME...]` makes what is missing (two minutes for all).
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

HERE = Path(__file__).with_name("images")
_LABEL = "dbstack.recipe"
BASE = "dbstack-test/debian:12"
IMAGES = {
    "postgres": "dbstack-test/postgres:15",
    "mariadb": "dbstack-test/mariadb:10.11",
    "redis": "dbstack-test/redis:7",
    "prometheus": "dbstack-test/prometheus:2",
    "pgbouncer": "dbstack-test/pgbouncer:1.18",
}
"""Folder below `images/` -> reference. The tag's major is that of the program inside."""


def _docker(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]


def has(reference: str, recipe: str | None = None) -> bool:
    """Whether the engine has the image, made by this recipe."""
    label = f'{{{{index .Config.Labels "{_LABEL}"}}}}' if recipe else "{{.Id}}"
    found = _docker("image", "inspect", "--format", label, reference)
    return found.returncode == 0 and (recipe is None or found.stdout.strip() == recipe)


def _recipe(folder: Path) -> str:
    """What an image is made from: another one for other files."""
    return hashlib.sha256(b"".join(file.read_bytes() for file in sorted(folder.iterdir()))).hexdigest()[:16]


def _build(folder: Path, reference: str) -> None:
    # The old builder: Debian's client has no other. The host's network: an engine without NAT has no other.
    done = subprocess.run(
        [
            "docker",
            "build",
            "--quiet",
            "--network",
            "host",
            "--label",
            f"{_LABEL}={_recipe(folder)}",
            "-t",
            reference,
            str(folder),
        ],
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "DOCKER_BUILDKIT": "0", "HOME": str(Path.home())},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(
            f"the image {reference} could not be built: {(done.stderr or done.stdout)[-2000:]}"
        )


def _bootstrap() -> None:
    """The base, from Debian's own archive: where `debian:bookworm-slim` can't be pulled."""
    if not shutil.which("debootstrap"):
        raise RuntimeError("no image can be pulled here, and debootstrap is not installed to make one")
    with tempfile.TemporaryDirectory(prefix="dbstack-base-") as name:
        root = Path(name) / "root"
        packages = "--include=ca-certificates,gosu,openssl,tini"
        command = ["debootstrap", "--variant=minbase", packages, "bookworm", str(root)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        for left in ("var/cache/apt/archives", "var/lib/apt/lists", "usr/share/doc", "usr/share/man"):
            shutil.rmtree(root / left, ignore_errors=True)
        (root / "var/cache/apt/archives/partial").mkdir(parents=True, exist_ok=True)
        packed = subprocess.Popen(
            ["tar", "-C", str(root), "--numeric-owner", "-c", "."], stdout=subprocess.PIPE
        )
        settings = ["-c", "ENV LANG=C.UTF-8", "-c", 'CMD ["bash"]']
        subprocess.run(
            ["docker", "import", *settings, "-", BASE],
            stdin=packed.stdout,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        if packed.wait() != 0:
            raise RuntimeError("the base image could not be packed")


@cache
def image(name: str) -> str:
    """The reference of a test image, which is made if need be."""
    reference = IMAGES[name]
    if has(reference, _recipe(HERE / name)):
        return reference
    if not has(BASE):
        if _docker("pull", "--quiet", "debian:bookworm-slim").returncode == 0:
            _build(HERE / "base", BASE)
        else:
            _bootstrap()
    _build(HERE / name, reference)
    return reference


if __name__ == "__main__":
    for wanted in sys.argv[1:] or IMAGES:
        print(image(wanted), file=sys.stderr, flush=True)

"""Backups in an S3 bucket: the manifest is written last and removed first, so that nothing half there has one."""

import os
import tempfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from dbstack.ops.backup.manifest import FILE, Manifest
from dbstack.ops.backup.store import FolderStore, Workplace, files_of, is_name, no_such
from dbstack.ops.errors import OpsError, OpsUsageError

SCHEME = "s3://"
# What has no manifest after so long is of a run that was killed; an upload may take hours.
LEFT_AFTER = timedelta(days=2)
_BATCH = 1000
_NEEDED = "s3:ListBucket on the bucket, and s3:GetObject, s3:PutObject and s3:DeleteObject on what is in it"


class S3Store:
    """Backups under a prefix. What is written or read lies for so long in a folder of this machine (TMPDIR)."""

    def __init__(self, bucket: str, prefix: str) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._client: Any = None

    @classmethod
    def of(cls, url: str) -> "S3Store":
        """From s3://BUCKET/PREFIX. OpsUsageError if it names no bucket."""
        bucket, _, prefix = url.removeprefix(SCHEME).partition("/")
        if not bucket:
            raise OpsUsageError(f"{url} names no bucket: write s3://BUCKET/PREFIX")
        return cls(bucket, prefix)

    @property
    def label(self) -> str:
        """The URL."""
        return f"{SCHEME}{self._bucket}/{self._prefix}".rstrip("/")

    def names(self) -> list[str]:
        """Of what has a manifest."""
        found = [name for name, files in self._found().items() if FILE in files]
        return sorted(name for name in found if is_name(name))

    def manifest(self, name: str) -> bytes:
        """Read anew each time."""
        if not is_name(name) or name not in self.names():
            raise OpsUsageError(no_such(self, name))
        with self._told():
            return self._s3().get_object(Bucket=self._bucket, Key=self._key(name, FILE))["Body"].read()

    def sizes(self, name: str) -> Mapping[str, int]:
        """By path."""
        return {path: size for path, (size, _) in self._found(name).get(name, {}).items()}

    def working(self) -> AbstractContextManager[Workplace]:
        """On this machine."""
        return _staging().working()

    def publish(self, workplace: Workplace, name: str) -> None:
        """By uploading the manifest, after everything else."""
        paths = [path for path in files_of(workplace.folder) if path != workplace.folder / FILE]
        with self._told():
            for path in [*paths, workplace.folder / FILE]:
                key = self._key(name, path.relative_to(workplace.folder).as_posix())
                self._s3().upload_file(str(path), self._bucket, key)

    @contextmanager
    def fetched(self, manifest: Manifest) -> Generator[Path]:
        """Downloads what the manifest names."""
        with self.working() as workplace:
            for file in manifest.files:
                path = workplace.folder / file.path
                path.parent.mkdir(parents=True, exist_ok=True)
                with self._told():
                    self._s3().download_file(self._bucket, self._key(manifest.name, file.path), str(path))
            yield workplace.folder

    def intact(self, manifest: Manifest) -> None:
        """S3 keeps the checksum of what it holds itself, and the sizes were compared."""

    def remove(self, name: str) -> None:
        """The manifest first."""
        with self._told():
            self._s3().delete_object(Bucket=self._bucket, Key=self._key(name, FILE))
            self._delete(name, [path for path in self.sizes(name) if path != FILE])

    def sweep(self) -> list[str]:
        """What has no manifest, and nothing in it that is new."""
        before = datetime.now(UTC) - LEFT_AFTER
        left = [
            name
            for name, files in self._found().items()
            if FILE not in files and is_name(name) and all(changed < before for _, changed in files.values())
        ]
        with self._told():
            for name in left:
                self._delete(name, list(self.sizes(name)))
        return left

    def _delete(self, name: str, paths: list[str]) -> None:
        for begin in range(0, len(paths), _BATCH):
            objects = [{"Key": self._key(name, path)} for path in paths[begin : begin + _BATCH]]
            done = self._s3().delete_objects(Bucket=self._bucket, Delete={"Objects": objects, "Quiet": True})
            for fault in done.get("Errors", []):
                raise OpsError(f"{self.label}: {fault['Key']} can't be removed: {fault['Message']}")

    def _found(self, name: str = "") -> dict[str, dict[str, tuple[int, datetime]]]:
        """Size and time of every file, by backup and path."""
        found: dict[str, dict[str, tuple[int, datetime]]] = {}
        prefix = self._key(name, "") if name else self._prefix
        with self._told():
            for item in self._listed(prefix):
                owner, _, path = item["Key"].removeprefix(self._prefix).partition("/")
                if path:
                    found.setdefault(owner, {})[path] = (item["Size"], item["LastModified"])
        return found

    def _listed(self, prefix: str) -> Iterator[dict[str, Any]]:
        pages = self._s3().get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        for page in pages:
            yield from page.get("Contents", [])

    def _key(self, name: str, path: str) -> str:
        return f"{self._prefix}{name}/{path}"

    def _s3(self) -> Any:
        if self._client is None:
            import boto3

            self._client = cast(Any, boto3).client("s3")
        return self._client

    @contextmanager
    def _told(self) -> Generator[None]:
        try:
            from boto3.exceptions import Boto3Error
            from botocore.exceptions import BotoCoreError, ClientError
        except ImportError:
            raise OpsError("backups in S3 need boto3: pip install 'dbstack[ops]'") from None
        try:
            yield
        except (Boto3Error, BotoCoreError, ClientError) as error:
            way = (
                f"; needed are {_NEEDED}" if "AccessDenied" in str(error) or "Forbidden" in str(error) else ""
            )
            raise OpsError(f"{self.label}: {error}{way}") from None
        except OSError as error:
            raise OpsError(f"{self.label}: {error.strerror or error}") from None


def _staging() -> FolderStore:
    """A folder of this user's own, in which the next run finds what a killed one has left."""
    root = Path(tempfile.gettempdir()) / f"dbstack-backups-{os.getuid()}"
    try:
        root.mkdir(mode=0o700, exist_ok=True)
        found = root.lstat()
    except OSError as error:
        raise OpsError(f"{root}: {error.strerror}") from None
    if found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise OpsError(f"{root} is open to others: remove it, or set TMPDIR to a folder of your own")
    return FolderStore(root)

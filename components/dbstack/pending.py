"""Where `dbstack preview` meets `dbstack migrate`: which database a previewed stack's migrations are asked of."""

from pathlib import Path

from dbstack.ops.migrate.pending import has_migrations, pending_notes, unknown
from dbstack.ops.stack import stack_target
from dbstack.ops.target import url_target
from dbstack.preview.recording import Recording

_SANDBOX = (
    "the stack's databases are the sandbox's, which answers as AWS but runs none (`dbstack preview --base REF` tells "
    "the migrations that a branch adds)"
)
_NOT_ASKED = "a database on AWS is asked with --pending only, as this machine may not reach it"


class PendingMigrations:
    """What a preview says of migrations: of a database on Docker or at a URL, and of one on AWS where that is wanted.

    `wanted` None: of AWS's nothing is asked, and that is said; False: nothing is said at all.
    Raises OpsUsageError for a URL that can't be used.
    """

    def __init__(
        self,
        project: Path,
        *,
        wanted: bool | None,
        database: str | None,
        url: str | None,
        in_sandbox: bool,
    ) -> None:
        self._project, self._folder = project, project / "migrations"
        self._wanted, self._database, self._in_sandbox = wanted, database, in_sandbox
        self._target = url_target(url) if url else None

    def notes(self, recording: Recording) -> tuple[str, ...]:
        """For the report of a preview that was made just now."""
        if self._wanted is False or not has_migrations(self._folder):
            return ()
        if (target := self._target) is not None:
            return pending_notes(self._folder, lambda: target)
        types = {step.type for step in recording.steps if step.old is not None}
        if "docker:index/container:Container" in types:
            return self._ask(recording.stack)
        if not types & {"aws:rds/instance:Instance", "aws:rds/cluster:Cluster"}:
            # Nothing is deployed yet that could have run one.
            return ()
        if self._in_sandbox:
            return (unknown(_SANDBOX),)
        return self._ask(recording.stack) if self._wanted else (unknown(_NOT_ASKED),)

    def _ask(self, stack: str) -> tuple[str, ...]:
        return pending_notes(self._folder, lambda: stack_target(self._project, stack, self._database))

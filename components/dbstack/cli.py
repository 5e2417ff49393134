"""The ``dbstack`` command line: thin, every command calls a function of the library."""

import json
import os
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dbstack.local.commandline import local
from dbstack.ops.backup.commandline import backup
from dbstack.ops.errors import OpsError
from dbstack.ops.inspect.commandline import inspect
from dbstack.ops.migrate.commandline import migrate
from dbstack.ops.roles.commandline import roles
from dbstack.sandbox.errors import SandboxError, UsageError
from dbstack.sandbox.paths import find_project, sandbox_layout, this_project

if TYPE_CHECKING:
    from dbstack.spec.errors import Fault


class _Group(click.Group):
    """Turns exceptions into one sentence on stderr and an exit code; ``--verbose`` shows the traceback too."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (SandboxError, OpsError) as error:
            self._report(ctx, error)
            ctx.exit(error.exit_code)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            self._report(ctx, error, unexpected=True)
            ctx.exit(1)

    def _report(self, ctx: click.Context, error: Exception, *, unexpected: bool = False) -> None:
        verbose = bool(ctx.params.get("verbose"))
        if verbose:
            traceback.print_exc()
        hint = "; --verbose shows where" if unexpected and not verbose else ""
        kind = f"{type(error).__name__}: " if unexpected else ""
        click.echo(f"error: {kind}{error}{hint}", err=True)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dbstack", prog_name="dbstack")
@click.option("--verbose", is_flag=True, help="Show where in the code an error comes from.")
def main(verbose: bool) -> None:
    """Databases for production: components, checks and a local AWS to try them in."""


@main.command()
@click.option("-s", "--stack", help="Check this stack only; default: every stack that has a file.")
def check(stack: str | None) -> None:
    """Check the stack files: every fault with its path. Contacts nothing. Exit code 2 if there is a fault."""
    from dbstack.config import check_files

    project = this_project()
    notes: list[tuple[Path, Fault]] = []
    faults = check_files(project, stack, notes)
    for kind, told in (("", faults), ("note: ", notes)):
        for file, fault in told:
            where = [_from_here(Path(file)) if Path(file).is_file() else "", fault.path]
            click.echo(kind + ": ".join([*filter(None, where), fault.message]), err=True)
    if faults:
        click.echo(f"{len(faults)} fault{'s' if len(faults) != 1 else ''}", err=True)
        sys.exit(2)
    click.echo("no faults")


@main.command()
@click.option("-s", "--stack", help="The stack; default: the selected one.")
@click.option("--format", "form", type=click.Choice(["text", "markdown", "json"]), default="text")
@click.option(
    "--fail-on",
    metavar="CLASS[,CLASS]",
    help="Exit with 3 where a change of this class, or of a worse one, is found.",
)
@click.option("--from", "source", metavar="FILE", help="Judge a recorded preview; - is standard input.")
@click.option(
    "--base", metavar="REF", help="Compare with this commit, deployed to a sandbox: no account is needed."
)
@click.option(
    "--graph", type=click.Path(path_type=Path), help="Also draw the stack: FILE.svg, FILE.mmd or FILE.md."
)
@click.option("--refresh", is_flag=True, help="Look first what was changed outside Pulumi.")
@click.option(
    "--pending/--no-pending",
    default=None,
    help="Whether the deployed database is asked which migrations it has yet to run. Default: one on Docker is.",
)
@click.option(
    "-d", "--database", help="The database that the migrations are for, where the stack has several."
)
@click.option("--url", metavar="URL", help="Where that database is, as of `dbstack migrate`.")
def preview(
    stack: str | None,
    form: str,
    fail_on: str | None,
    source: str | None,
    base: str | None,
    graph: Path | None,
    refresh: bool,
    pending: bool | None,
    database: str | None,
    url: str | None,
) -> None:
    """Say what a deployment would do to the data and the uptime.

    Classes, worst first: data-loss, downtime, reboot, unknown, online. Exit code 1 if the preview itself fails, 2 for
    input that can't be judged, 3 for --fail-on.
    """
    from dbstack.pending import PendingMigrations
    from dbstack.preview import PreviewError, command

    project = find_project(Path.cwd()) or Path.cwd()
    migrations = PendingMigrations(
        project,
        wanted=pending,
        database=database,
        url=url,
        in_sandbox=os.environ.get("DBSTACK_SANDBOX") == "1",
    )
    try:
        code = command.run(
            project,
            stack=stack,
            form=form,
            fail_on=fail_on,
            source=source,
            graph=graph,
            refresh=refresh,
            base=base,
            more_notes=migrations.notes,
        )
    except PreviewError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    sys.exit(code)


@main.command()
@click.argument("reports", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--event",
    type=click.Path(path_type=Path),
    help="GitHub's event (workflow_run or pull_request); default: GITHUB_EVENT_PATH.",
)
@click.option("--fail-on", metavar="CLASS[,CLASS]", help="As of `dbstack preview`.")
@click.option(
    "--author",
    default="github-actions[bot]",
    show_default=True,
    help="Whose comments are ours: the account of GITHUB_TOKEN.",
)
def comment(reports: tuple[Path, ...], event: Path | None, fail_on: str | None, author: str) -> None:
    """Keep one comment per stack on a pull request, from REPORTS that `dbstack preview --format json` wrote.

    Reads GITHUB_TOKEN from the environment. The reports are not trusted: only what that command writes is taken.
    """
    from dbstack.preview import PreviewError
    from dbstack.preview.comment import run as comment_on

    try:
        code = comment_on(
            reports, event=event, fail_on=fail_on, author=author, environment=os.environ, say=click.echo
        )
    except PreviewError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    sys.exit(code)


@main.group()
def sandbox() -> None:
    """An AWS of your own on this machine: no account, no downloads, no network."""


@sandbox.command()
def start() -> None:
    """Start the background process of this project, if it does not run."""
    from dbstack.sandbox import process

    layout = sandbox_layout()
    began = time.monotonic()
    running = process.start(layout)
    click.echo(f"the sandbox runs: {running.address.endpoint} (state in {_from_here(layout.root)})")
    click.echo(
        f"ready after {time.monotonic() - began:.1f} s; use it with `dbstack sandbox run -- COMMAND...`",
        err=True,
    )


@sandbox.command()
def stop() -> None:
    """Stop the background process; what is deployed is there again at the next start."""
    from dbstack.sandbox import process

    click.echo("the sandbox has stopped" if process.stop(sandbox_layout()) else "the sandbox was not running")


@sandbox.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def status(as_json: bool) -> None:
    """Say whether the background process runs. Exit code 1 if it does not."""
    from dbstack.sandbox import process

    layout = sandbox_layout()
    running = process.status(layout)
    if as_json:
        plain = process.as_plain(running) if running else {"running": False}
        click.echo(json.dumps(plain | {"state": str(layout.root)}))
    elif running:
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(running.started))
        click.echo(
            f"the sandbox runs since {since}: {running.address.endpoint}, process {running.address.pid}"
        )
    else:
        click.echo("the sandbox does not run")
    sys.exit(0 if running else 1)


@sandbox.command()
def reset() -> None:
    """Delete everything deployed in the sandbox: its AWS and its Pulumi state together."""
    from dbstack.sandbox import process

    process.reset(sandbox_layout())
    click.echo("the sandbox is empty")


@sandbox.command()
@click.option("-s", "--stack", help="The stack; default: the selected one.")
def recover(stack: str | None) -> None:
    """After an interrupted `pulumi up`: adopt what was created and forget what was not."""
    from dbstack.sandbox.recover import recover_stack

    recover_stack(sandbox_layout(), Path.cwd(), stack, _say)


@sandbox.command()
@click.option("--operation", help="The API operation, such as rds:CreateDBInstance.")
@click.option(
    "--error", default="InternalFailure", help="AWS's error code; `connection` breaks the connection."
)
@click.option("--times", default=1, type=click.IntRange(1), help="How many of the next calls fail.")
@click.option("--after", is_flag=True, help="The operation is done, and only its answer is lost.")
@click.option("--clear", is_flag=True, help="Take every order back.")
def fault(operation: str | None, error: str, times: int, after: bool, clear: bool) -> None:
    """Order a failure of the sandbox's AWS, to see what your deployment makes of it."""
    from dbstack.sandbox import process
    from dbstack.sandbox.control import ask
    from dbstack.sandbox.faults import check_operation

    if clear == bool(operation):
        raise UsageError("give --operation, or --clear to take every order back")
    if operation:
        check_operation(operation)
    address = process.start(sandbox_layout()).address
    answer = ask(address, "fault", operation_name=operation or "", error=error, times=times, after=after)
    for order in answer["faults"]:
        when = "after it was done" if order["after"] else "before it is done"
        click.echo(
            f"{order['service']}:{order['operation']}: the next {order['times']} fail {when} with {order['error']}"
        )
    if not answer["faults"]:
        click.echo("no faults are ordered")


@sandbox.command()
@click.option("--database", help="Of this instance or cluster alone, by its identifier; default: of all.")
@click.option("--region", "regions", multiple=True, help="Default: every region of the sandbox.")
def maintenance(database: str | None, regions: tuple[str, ...]) -> None:
    """Let the maintenance window come: apply the modifications that wait for it (PendingModifiedValues)."""
    from dbstack.sandbox import process
    from dbstack.sandbox.aws.clients import factory
    from dbstack.sandbox.maintenance import all_regions, run_window

    clients = factory(process.start(sandbox_layout()).address.endpoint)
    applied = run_window(clients, list(regions) or all_regions(clients), database)
    for item in applied:
        values = ", ".join(f"{name} {value}" for name, value in item.values.items())
        click.echo(f"{item.identifier} ({item.region}): {values}")
    if not applied:
        click.echo("nothing was waiting")


@sandbox.command()
def calls() -> None:
    """List the API operations that were called since the background process started: what a policy must allow."""
    from dbstack.sandbox import process
    from dbstack.sandbox.control import ask

    for call in ask(process.start(sandbox_layout()).address, "calls")["calls"]:
        click.echo(call)


@sandbox.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("command", nargs=-1, type=click.UNPROCESSED, required=True)
def run(command: tuple[str, ...]) -> None:
    """Run any COMMAND against the sandbox: pulumi up, aws rds ..., pytest. Keeps its exit code."""
    from dbstack.sandbox.run import become

    become(sandbox_layout(), command)


@sandbox.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def engine(as_json: bool) -> None:
    """Find or get a Pulumi engine and say which one it is.

    Exit code 1 if there is none, 4 if that is because a module registry refuses to serve it.
    """
    from dbstack.sandbox.engine import describe, ensure_engine
    from dbstack.sandbox.errors import EngineUnavailable

    try:
        found = ensure_engine(_say)
    except EngineUnavailable as error:
        if as_json:
            click.echo(json.dumps({"path": None, "refused": error.refused, "why": str(error)}))
        raise
    click.echo(json.dumps(describe(found)) if as_json else found.why)


main.add_command(backup)
main.add_command(migrate)
main.add_command(inspect)
main.add_command(roles)
main.add_command(local)


def _say(text: str) -> None:
    click.echo(text, err=True)


def _from_here(path: Path) -> str:
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


if __name__ == "__main__":
    main()

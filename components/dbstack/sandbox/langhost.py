"""``pulumi-language-python`` for an engine that was built from its Go modules, which brings none.

The engine starts it, reads a port from its first line of output, and asks over gRPC. A program runs in a child
process under the same entry script that the stock language host uses, so that it cannot tell the two apart.
"""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

import grpc
from google.protobuf import json_format
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from .interpreter import Interpreter, InterpreterError, resolve_interpreter, virtualenv_folder

# The program has told the user what is wrong; the engine shall add nothing.
SHOWN_ALREADY = 32
_popen: Any = subprocess.Popen
_PLUGIN_OUTPUT: Any = language_pb2.RunPluginResponse
_INSTALL_OUTPUT: Any = language_pb2.InstallDependenciesResponse
UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """The language host's side of the protocol.

    Args:
        script: ``pulumi-language-python-exec``, the entry script of programs.
        engine: the engine's address.
        version: the engine's version.
    """

    def __init__(self, script: Path, engine: str, version: str) -> None:
        self.script = script
        self.engine = engine
        self.version = version
        self.children = Children()

    def Handshake(self, request: Any, context: Any) -> Any:
        self.engine = request.engine_address or self.engine
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=self.version)

    def GetRequiredPackages(self, request: Any, context: Any) -> Any:
        """Nothing: what programs ask for is on PATH, and what is not there cannot be downloaded here."""
        return language_pb2.GetRequiredPackagesResponse()

    def GetRequiredPlugins(self, request: Any, context: Any) -> Any:
        return language_pb2.GetRequiredPluginsResponse()

    def Run(self, request: Any, context: Any) -> Any:
        """Runs a program to its end; the engine's other calls come in meanwhile."""
        python = self._python(request.info, context)
        named = {
            "monitor": request.monitor_address,
            "engine": self.engine,
            "project": request.project,
            "root_directory": request.info.root_directory,
            "stack": request.stack,
            "pwd": request.pwd,
            "dry_run": "true" if request.dryRun else "false",
            "parallel": str(request.parallel),
            "organization": request.organization,
        }
        command = [python.path, str(self.script)]
        for name, value in named.items():
            command += [f"--{name}", value] if value else []
        command += [request.info.entry_point or ".", *request.args]
        environment = {
            **python.environment,
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        }
        with self.children.start(context, command, env=environment) as process:
            code = process.wait()
        if code == 0:
            return language_pb2.RunResponse()
        if code == SHOWN_ALREADY:
            return language_pb2.RunResponse(bail=True)
        return language_pb2.RunResponse(error=f"program exited with non-zero exit code: {code}")

    def RunPlugin(self, request: Any, context: Any) -> Iterator[Any]:
        """Runs a provider of components or a policy pack and passes on what it prints."""
        python = self._python(request.info, context, plugin=True)
        try:
            command = [python.path, *plugin_arguments(Path(request.info.program_directory)), *request.args]
        except InterpreterError as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
            raise
        environment = dict(item.split("=", 1) for item in request.env if "=" in item)
        # A plugin says its port on stdout and then serves: buffered, the engine would wait for it for ever.
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", **environment}
        for name in ("PATH", "VIRTUAL_ENV"):
            if name in python.environment:
                environment[name] = python.environment[name]
        with self.children.start(
            context,
            command,
            cwd=request.pwd or None,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            for name, data in output_of(process):
                yield _PLUGIN_OUTPUT(**{name: data})
            yield language_pb2.RunPluginResponse(exitcode=process.wait())

    def InstallDependencies(self, request: Any, context: Any) -> Iterator[Any]:
        """Makes the project's virtual environment and installs its requirements.txt, as ``pulumi install`` wants."""
        info = request.info
        options = json_format.MessageToDict(info.options)
        try:
            folder = virtualenv_folder(
                info.root_directory, info.program_directory, options, plugin=request.is_plugin
            )
            commands = [] if folder is None else [[sys.executable, "-m", "venv", str(folder)]]
            python = (
                str(folder / "bin" / "python")
                if folder
                else resolve_interpreter(
                    info.root_directory, info.program_directory, options, os.environ
                ).path
            )
        except InterpreterError as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
            raise
        install = [python, "-m", "pip", "install", "--disable-pip-version-check"]
        program = Path(info.program_directory)
        if (program / "requirements.txt").is_file():
            commands.append([*install, "-r", "requirements.txt"])
        elif (program / "pyproject.toml").is_file():
            commands.append([*install, "-e", "."])
        for command in commands:
            with self.children.start(
                context, command, cwd=str(program), stdout=subprocess.PIPE, stderr=subprocess.PIPE
            ) as process:
                for name, data in output_of(process):
                    yield _INSTALL_OUTPUT(**{name: data})
                if process.wait() != 0:
                    context.abort(grpc.StatusCode.INTERNAL, f"`{' '.join(command)}` failed")

    def About(self, request: Any, context: Any) -> Any:
        python = self._python(request.info, context).path
        version = subprocess.run([python, "--version"], capture_output=True, text=True, check=False).stdout
        return language_pb2.AboutResponse(executable=python, version=version.removeprefix("Python ").strip())

    def GetProgramDependencies(self, request: Any, context: Any) -> Any:
        python = self._python(request.info, context).path
        command = [python, "-m", "pip", "list", "--format=json", "--disable-pip-version-check"]
        if not request.transitiveDependencies:
            command.append("--not-required")
        listed = subprocess.run(command, capture_output=True, text=True, check=False)
        if listed.returncode != 0:
            context.abort(grpc.StatusCode.INTERNAL, f"`{' '.join(command)}` failed")
        found = [
            language_pb2.DependencyInfo(name=item["name"], version=item["version"])
            for item in json.loads(listed.stdout)
        ]
        return language_pb2.GetProgramDependenciesResponse(dependencies=found)

    def GeneratePackage(self, request: Any, context: Any) -> Any:
        context.abort(
            grpc.StatusCode.UNIMPLEMENTED,
            "generating an SDK needs Pulumi's own Python language host, which this engine (built from its Go modules) "
            "lacks: install Pulumi for `pulumi package add`, or `pip install` the package in a Python program",
        )

    def _python(self, info: Any, context: Any, *, plugin: bool = False) -> Interpreter:
        options = json_format.MessageToDict(info.options)
        try:
            return resolve_interpreter(
                info.root_directory, info.program_directory, options, os.environ, plugin=plugin
            )
        except InterpreterError as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
            raise


def plugin_arguments(folder: Path) -> list[str]:
    """How Python starts the plugin in a folder: its ``__main__.py``, else the components of its package."""
    if (folder / "__main__.py").is_file():
        return [str(folder)]
    try:
        with (folder / "pyproject.toml").open("rb") as file:
            project = tomllib.load(file)["project"]["name"]
    except (OSError, KeyError, tomllib.TOMLDecodeError) as error:
        raise InterpreterError(
            f"the plugin in {folder} is not runnable: it has neither a __main__.py nor a pyproject.toml with a name"
        ) from error
    return ["-m", "pulumi.run.plugin", str(project)]


def output_of(process: "subprocess.Popen[bytes]") -> Iterator[tuple[str, bytes]]:
    """("stdout" or "stderr", bytes) as they come, until both are closed."""
    pieces: queue.Queue[tuple[str, bytes]] = queue.Queue()

    def read(name: str, stream: IO[bytes]) -> None:
        while data := os.read(stream.fileno(), 65536):
            pieces.put((name, data))
        pieces.put((name, b""))

    streams = {"stdout": process.stdout, "stderr": process.stderr}
    for name, stream in streams.items():
        assert stream
        threading.Thread(target=read, args=(name, stream), daemon=True).start()
    ended = 0
    while ended < len(streams):
        name, data = pieces.get()
        ended += not data
        if data:
            yield name, data


class Children:
    """The processes that this host started; none of them outlives it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()

    def start(self, context: Any, command: list[str], **keywords: Any) -> "_Child":
        """Starts a process; it ends when the engine drops the call that asked for it."""
        process: subprocess.Popen[bytes] = _popen(command, stdin=subprocess.DEVNULL, **keywords)
        with self._lock:
            self._running.add(process)
        context.add_callback(lambda: _end(process))
        return _Child(self, process)

    def ended(self, process: "subprocess.Popen[bytes]") -> None:
        """Forgets a process that has ended."""
        with self._lock:
            self._running.discard(process)

    def end_all(self) -> None:
        """Ends every process that is still there."""
        with self._lock:
            running = list(self._running)
        for process in running:
            _end(process)


class _Child:
    def __init__(self, owner: Children, process: "subprocess.Popen[bytes]") -> None:
        self._owner = owner
        self._process = process

    def __enter__(self) -> "subprocess.Popen[bytes]":
        return self._process

    def __exit__(self, *_: object) -> None:
        _end(self._process)
        self._owner.ended(self._process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(1)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def main(arguments: list[str]) -> int:
    """Serves until the engine ends it. ``arguments``: SCRIPT VERSION, then the engine's own."""
    script, version, *rest = arguments
    host = LanguageHost(Path(script), next((item for item in reversed(rest) if ":" in item), ""), version)
    server = grpc.server(ThreadPoolExecutor(max_workers=16), options=UNLIMITED)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    over = threading.Event()

    def watch_engine() -> None:
        # The engine holds the other end of our standard input for as long as it lives, however it dies.
        while os.read(0, 4096):
            pass
        over.set()

    def leave(number: int, frame: object) -> None:
        over.set()

    signal.signal(signal.SIGINT, leave)
    signal.signal(signal.SIGTERM, leave)
    threading.Thread(target=watch_engine, daemon=True).start()
    print(port, flush=True)
    over.wait()
    host.children.end_all()
    sys.stdout.flush()
    os._exit(0)  # gRPC's threads would hold the process for seconds.

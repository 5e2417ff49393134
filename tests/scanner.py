"""The independent scanner: prowler, in an environment of its own, which no part of dbstack depends on.

`make scanner` installs it once into the user's cache; tests/engine/test_scan.py points it at the sandbox.
"""

import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from dbstack.sandbox.paths import cache_dir

REQUIREMENTS = Path(__file__).with_name("scanner.txt")


def folder() -> Path:
    """Its environment: another one for other requirements or another Python."""
    what = REQUIREMENTS.read_bytes() + sys.version.encode()
    return cache_dir() / "scanner" / hashlib.sha256(what).hexdigest()[:16]


def scanner() -> Path | None:
    """The program, if it is installed."""
    program = folder() / "bin" / "prowler"
    return program if program.exists() else None


def ensure() -> Path:
    """The program; installs it if need be (a minute, 400 MB)."""
    if found := scanner():
        return found
    partial = folder()
    shutil.rmtree(partial, ignore_errors=True)
    print("Installing the scanner (a minute, once) ...", file=sys.stderr, flush=True)
    venv.create(partial, with_pip=True)
    pip = [partial / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "--quiet", "--no-input"]
    try:
        subprocess.run([*pip, "install", "--no-deps", "-r", REQUIREMENTS], check=True)
    except (subprocess.CalledProcessError, KeyboardInterrupt):
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return partial / "bin" / "prowler"


if __name__ == "__main__":
    print(ensure())

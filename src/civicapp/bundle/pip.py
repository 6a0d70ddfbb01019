"""Run pip, which knows this host's index: build a wheel, ask for digests, download."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence

from civicapp.bundle.faults import Unbuildable
from civicapp.problems import Problem

EPOCH = (
    "1580601600"  # what hatchling takes when nothing is set, so that `make wheels` gives the same
)
LAST_LINES = 12


class PipFailed(Exception):
    """Say what pip said last."""


def run_pip(command: str, *arguments: str, more: Mapping[str, str] | None = None) -> None:
    """Run a command of pip in a fixed environment; raise PipFailed, or Unbuildable without pip."""
    if importlib.util.find_spec("pip") is None:
        what = "pip is not installed beside civicapp; it builds wheels and asks the index"
        raise Unbuildable(Problem("pip-missing", what, f"{sys.executable} -m ensurepip"))
    done = subprocess.run(  # noqa: S603 - pip of this very Python
        [sys.executable, "-m", "pip", command, *arguments],
        env={**os.environ, **_FIXED, **(more or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        umask=0o022,
        check=False,
    )
    if done.returncode:
        raise PipFailed(_last(done.stdout.splitlines()))


# A setting of the person who builds must neither fail the build nor end up in its bytes.
_FIXED = {
    "LC_ALL": "C.UTF-8",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INPUT": "1",
    "PIP_QUIET": "1",
    "PIP_REQUIRE_VIRTUALENV": "0",
    "PIP_USER": "0",
    "PYTHONHASHSEED": "0",
    "SOURCE_DATE_EPOCH": EPOCH,
    "TZ": "UTC",
}


def _last(lines: Sequence[str]) -> str:
    """Return what tells most: pip's own errors, else the end of what was said."""
    told = [line.strip() for line in lines if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in told if line.startswith("ERROR: ")]
    return " ".join(errors[:2] or told[-LAST_LINES:])

"""Where a result came from: the command, the code, the machine and the versions."""

import os
import platform
import shlex
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from tradegym.version import __version__

MAX_DIFF_CHARS = 200_000
PACKAGES = (
    "arch",
    "backtrader",
    "greenlet",
    "gymnasium",
    "hydra-core",
    "mlflow",
    "numpy",
    "omegaconf",
    "pandas",
    "pyarrow",
    "pydantic",
    "stable-baselines3",
    "torch",
)
_GIT_TIMEOUT_S = 10.0


def collect(directory: Path | None = None) -> dict[str, Any]:
    """Describe this process so that its result can be traced and repeated.

    Parameters
    ----------
    directory : Path, optional
        Whose git repository to describe; the current working directory by default.

    Returns
    -------
    dict
        ``command_line``, ``cwd``, ``git_commit``, ``git_dirty``, ``git_diff`` (None where there
        is no git repository), ``python``, ``platform``, ``machine``, ``cpu_count``,
        ``cpu_capability`` (None while torch is not imported) and ``versions``.
    """
    directory = directory or Path.cwd()
    return {
        "command_line": command_line(),
        "cwd": str(Path.cwd()),
        **git_state(directory),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cpu_count": os.cpu_count(),
        "cpu_capability": _cpu_capability(),
        "versions": versions(),
    }


def command_line() -> str:
    """Return the command of this process, quoted for a shell."""
    program = Path(sys.argv[0]).name if sys.argv else ""
    return shlex.join([program, *sys.argv[1:]])


def versions() -> dict[str, str | None]:
    """Return the version of tradegym and of each package that can change a result."""
    found: dict[str, str | None] = {"tradegym": __version__}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    return found


def git_state(directory: Path) -> dict[str, Any]:
    """Return the commit of ``directory``, whether it has changes, and the changes as a diff.

    The diff holds tracked files only and is cut at `MAX_DIFF_CHARS`.
    """
    status = _git(directory, "status", "--porcelain")
    if status is None:
        return {"git_commit": None, "git_dirty": None, "git_diff": None}
    commit = _git(directory, "rev-parse", "--verify", "HEAD")
    diff = ""
    if commit and status:
        diff = _git(directory, "diff", "--no-ext-diff", "--no-textconv", "HEAD") or ""
    if len(diff) > MAX_DIFF_CHARS:
        diff = diff[:MAX_DIFF_CHARS] + f"\n[cut: {len(diff)} characters in all]\n"
    return {
        "git_commit": commit.strip() if commit else None,
        "git_dirty": bool(status.strip()),
        "git_diff": diff,
    }


def _git(directory: Path, *arguments: str) -> str | None:
    # A repository's own settings can name programs for git to run; none is needed here.
    command = ["git", "-c", "core.fsmonitor=false", "--no-pager", *arguments]
    try:
        done = subprocess.run(
            command,
            cwd=directory,
            capture_output=True,
            timeout=_GIT_TIMEOUT_S,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def _cpu_capability() -> str | None:
    torch = sys.modules.get("torch")
    if torch is None:
        return None
    return str(torch.backends.cpu.get_cpu_capability())

"""The compiled kernel in the user's cache directory, made once per machine."""

import hashlib
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from tradegym.envs.data.cache_paths import cache_root

FIRST_RUN = "compiling the engine, first run only"
"""What a user is told while they wait."""

_KERNEL = Path(__file__).parent / "kernel"
_DONE = "compiled"
_KEPT_DAYS = 90


@lru_cache(maxsize=1)
def kernel_folder() -> Path:
    """Return the folder of the compiled functions.

    Its name is a hash of everything that they depend on: the kernel's sources and where they lie,
    the versions of Python, numba, llvmlite and numpy, and the processor. ``NUMBA_CACHE_DIR`` moves
    it.
    """
    import llvmlite
    import numba
    import numpy as np
    from llvmlite import binding

    digest = hashlib.sha256(str(_KERNEL).encode())
    for path in sorted(_KERNEL.glob("*.py")):
        # numba goes by the time of a file, and would not find what an older one left.
        stamp = f"{path.name}\0{path.stat().st_mtime_ns}\0"
        digest.update(stamp.encode() + path.read_bytes() + b"\0")
    facts = [sys.version, numba.__version__, llvmlite.__version__, np.__version__]
    facts += [platform.machine(), binding.get_host_cpu_name()]
    facts.append(binding.get_host_cpu_features().flatten())
    digest.update("\n".join(facts).encode())
    given = os.environ.get("NUMBA_CACHE_DIR")
    root = Path(given).absolute() if given else cache_root()
    return root / "engine" / digest.hexdigest()[:20]


def writable_folder() -> Path:
    """Return `kernel_folder`, made and tried.

    Raises
    ------
    OSError
        Nothing can be written there.
    """
    folder = kernel_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        return folder


def engine_ready(notify: Callable[[str], None] | None = None) -> str | None:
    """Compile the kernel, or load it; return why that is impossible, None when it is done.

    Processes that start at the same time compile it once: the others wait.

    Parameters
    ----------
    notify : callable, optional
        Is given one line when it takes long.

    Returns
    -------
    str or None
        One line.
    """
    if _ready_in_this_process:
        return None
    reason = _ready(_Job(_DONE, compile_kernel), notify)
    if reason is None:
        _ready_in_this_process.append(True)
    return reason


def paths_ready(kind: str, notify: Callable[[str], None] | None = None) -> str | None:
    """Do the same for what draws the paths of a synthetic process, which few runs need.

    Parameters
    ----------
    kind : str
        As in ``dataset.process.kind``.
    notify : callable, optional
        As for `engine_ready`.
    """
    if kind in _kinds_ready_in_this_process:
        return None
    reason = _ready(_Job(f"{kind}-{_DONE}", partial(compile_paths, kind)), notify)
    if reason is None:
        _kinds_ready_in_this_process.add(kind)
    return reason


_ready_in_this_process: list[bool] = []
_kinds_ready_in_this_process: set[str] = set()


@dataclass(frozen=True, slots=True)
class _Job:
    """Something to be compiled: the file that says it is done, and what does it."""

    done: str
    compile: Callable[[], None]


def _ready(job: _Job, notify: Callable[[str], None] | None) -> str | None:
    try:
        import numba
    except Exception as error:
        return f"numba cannot be imported ({_line(error)})"
    if numba.config.DISABLE_JIT:
        return "numba is switched off (NUMBA_DISABLE_JIT)"
    try:
        _compile_once(job, notify)
    except Exception as error:
        return f"numba cannot compile the engine ({_line(error)})"
    return None


def _compile_once(job: _Job, notify: Callable[[str], None] | None) -> None:
    from filelock import FileLock

    try:
        folder = writable_folder()
        if (folder / job.done).exists() and _loads(job, folder):
            return
        lock = FileLock(folder / "lock")
        lock.acquire()
    except (OSError, NotImplementedError):  # nothing can be kept, or locked, here
        _tell(notify, FIRST_RUN.replace("first run only", "which cannot be kept"))
        job.compile()
        return
    try:
        done = folder / job.done
        if not done.exists():
            _tell(notify, FIRST_RUN)
        _load_or_compile(job, folder, notify)
        done.touch()
        _remove_old(folder)
    finally:
        lock.release()


def _loads(job: _Job, folder: Path) -> bool:
    """Load what was compiled before; tell whether nothing of it is damaged."""
    try:
        job.compile()
    except Exception:
        return False
    with suppress(OSError):
        (folder / job.done).touch()  # still in use
    return True


def _load_or_compile(job: _Job, folder: Path, notify: Callable[[str], None] | None) -> None:
    try:
        job.compile()
    except Exception:
        kept = [path for path in folder.rglob("*") if path.suffix in (".nbi", ".nbc")]
        if not kept:
            raise
        # A file that is damaged, by a full disk or a lost connection, stays so until it is gone.
        _tell(notify, FIRST_RUN.replace("first run only", "again, since its cache is damaged"))
        for path in kept:
            path.unlink(missing_ok=True)
        job.compile()


def _remove_old(kept: Path) -> None:
    """Remove what earlier versions left, long after they were compiled."""
    for folder in kept.parent.iterdir():
        with suppress(OSError):
            age = time.time() - max(folder.stat().st_mtime, _used(folder))
            if folder != kept and age > _KEPT_DAYS * 86_400:
                shutil.rmtree(folder, ignore_errors=True)


def _used(folder: Path) -> float:
    """Return when the functions in a folder were last loaded."""
    done = folder / _DONE
    return done.stat().st_mtime if done.exists() else 0.0


def compile_kernel() -> None:
    """Compile what every batch needs, or load it; masks are compiled when they are asked for."""
    from numba import types

    from tradegym.envs.engines.compiled.kernel import entry, starts

    whole = types.int64
    numbers, words = types.int64[::1], types.uint64[::1]
    pairs = types.int64[:, ::1]
    signatures: dict[Any, tuple[Any, ...]] = {
        entry.enter_check: (numbers,),
        entry.enter_step: (numbers, whole, whole, whole, whole, whole),
        entry.enter_start: (numbers, whole, whole),
        starts.draw_starts: (words, types.uint64, numbers, numbers, pairs, words, numbers),
    }
    for function, signature in signatures.items():
        function.compile(signature)


def compile_paths(kind: str) -> None:
    """Compile what draws the paths of a synthetic process, or load it."""
    from numba import types

    from tradegym.envs.engines.compiled.kernel.paths import DOORS

    function: Any = DOORS[kind]
    function.compile((types.int64[::1], types.int64))


def _tell(notify: Callable[[str], None] | None, line: str) -> None:
    if notify is not None:
        notify(line)


def _line(error: BaseException) -> str:
    """Return what went wrong, in one line of limited length."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 200 else text[:197] + "..."

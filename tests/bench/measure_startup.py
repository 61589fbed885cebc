"""Start-up: the engine compiled and read from its cache, and the command line."""

import sys
import time
from pathlib import Path

from child import run_command, run_task
from frame import Aim, Row, Summary, Table, measurement, task

COLD, CACHED, HELP, SHOW = 20.0, 1.0, 0.3, 0.6


@measurement("startup", "compiling the engine, a cached start, tradegym --help, config show")
def startup(options):
    runs = options.pick(5, 1)
    # The short form uses the user's cache: compiling takes longer than all the rest.
    cold, folder = [], None
    if options.short:
        run_task("make_ready")
    for number in range(options.pick(2, 0)):
        folder = options.folder / f"cache{number}"
        cold.append(run_task("make_ready", cache=folder))
    cached = [run_task("make_ready", cache=folder) for _ in range(runs)]
    rows = []
    for name, found, most in (("first run", cold, COLD), ("cached", cached, CACHED)):
        if found:
            columns = zip(("s", "CPU s"), ("seconds", "cpu_seconds"), strict=True)
            values = {label: Summary.of([one[key] for one in found]) for label, key in columns}
            rows.append(Row(f"engine, {name}", values, aim=Aim("s", most, at_most=True)))
    for arguments, most in ((("--help",), HELP), (("config", "show"), SHOW)):
        command = [_command(), *arguments]
        seconds = [_timed(command) for _ in range(runs + 1)][1:]
        name = " ".join(("tradegym", *arguments))
        rows.append(Row(name, {"s": Summary.of(seconds)}, aim=Aim("s", most, at_most=True)))
    bare = [_timed([sys.executable, "-c", "pass"]) for _ in range(runs + 1)][1:]
    rows.append(Row("python -c pass", {"s": Summary.of(bare)}))
    note = "seconds; the engine after the imports of numba and numpy, the others as processes"
    return [Table("Start-up", note, rows)]


@task
def make_ready():
    """Compile the engine, or load it; the package numba is imported before."""
    import numba  # noqa: F401

    from tradegym.envs.engines.compiled.cache import engine_ready

    started, working = time.perf_counter(), time.process_time()
    reason = engine_ready()
    if reason is not None:
        raise RuntimeError(reason)
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "cpu_seconds": time.process_time() - working}


def _command():
    return str(Path(sys.executable).parent / "tradegym")


def _timed(command):
    started = time.perf_counter()
    run_command(command)
    return time.perf_counter() - started

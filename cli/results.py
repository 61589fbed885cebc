"""Tables of what a run, an evaluation or a sweep gave."""

import secrets
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradegym.cli.comparison import print_comparison
from tradegym.cli.output import print_json, print_table

if TYPE_CHECKING:
    from tradegym.conf.resolve import Resolved
    from tradegym.experiments.evaluating import Evaluated
    from tradegym.experiments.training.run import Trained


def print_trained(trained: "Trained", resolved: "Resolved", *, as_json: bool) -> None:
    """Print the test of a training run."""
    from tradegym.experiments.recording import agent_name

    if as_json:
        print_json({"run": str(trained.run.path), **trained.result})
        return
    print_comparison(trained.comparison, agent_name(resolved), f"step {trained.best_step:,}")
    _print_verdict(trained.result)
    seconds = trained.result["timing"]["total_seconds"]
    print(f"\nRun recorded in {_short(trained.run.path)} ({seconds:.0f} s).")
    if resolved.config.tracking.backend == "mlflow":
        print(f"See it with: tradegym ui{_root_option(trained.run.path.parent)}")


def print_evaluated(evaluated: "Evaluated", *, as_json: bool) -> None:
    """Print an evaluation."""
    if as_json:
        print_json({"directory": str(evaluated.directory), **evaluated.result})
        return
    step = "a rule" if evaluated.step is None else f"step {evaluated.step:,}"
    print_comparison(evaluated.comparison, evaluated.name, step)
    _print_verdict(evaluated.result)
    print(f"\nEvaluation recorded in {_short(evaluated.directory)}.")


def _print_verdict(result: dict[str, Any]) -> None:
    if "verdict" in result:
        print(f"\nVerdict: {result['verdict']}")


@dataclass(slots=True)
class Sweep:
    """A sweep while it runs.

    Attributes
    ----------
    id : str
        Marks its runs.
    jobs : tuple of str
        Of each of its runs, also those that are still to come, the `job_text`.
    started : int
        Runs that have been started.
    """

    id: str
    jobs: tuple[str, ...]
    started: int = 0

    def next_number(self) -> int:
        """Count one more run and return its number from 1."""
        self.started += 1
        return self.started


@contextmanager
def print_sweep(
    resolved: "Resolved", runs: Sequence[Sequence[str]], *, as_json: bool
) -> Iterator[Sweep]:
    """Print a table of a sweep's runs when it ends, also when runs have failed.

    Parameters
    ----------
    resolved : Resolved
        Configuration of one of its runs, for the runs root.
    runs : sequence of sequence of str
        Overrides of each.
    as_json : bool
    """
    sweep = Sweep(secrets.token_hex(4), tuple(job_text(run) for run in runs))
    try:
        yield sweep
    finally:
        _print_runs(Path(resolved.config.runs_root), sweep, as_json=as_json)


def job_text(job: Sequence[str]) -> str:
    """Return the overrides of one run of a sweep as they are typed on a command line."""
    return shlex.join(one.lstrip("+") for one in job)


def swept(job: str, jobs: Sequence[str]) -> str:
    """Return the overrides of a `job_text` whose values are not the same in all of these."""
    parts = [shlex.split(one) for one in jobs]
    # By key: Hydra writes some values in another way, such as False for false.
    keys = {_key(one) for part in parts for one in part if not all(one in each for each in parts)}
    return " ".join(one for one in shlex.split(job) if _key(one) in keys)


def _key(override: str) -> str:
    return override.partition("=")[0]


def _print_runs(root: Path, sweep: Sweep, *, as_json: bool) -> None:
    from tradegym.experiments.metrics import METRICS
    from tradegym.experiments.rundir import RESULT_FILE, RunDir
    from tradegym.experiments.runs import list_runs

    found: list[dict[str, Any]] = []
    for info in list_runs(root.expanduser().absolute()):
        if info.info.get("sweep") != sweep.id:
            continue
        has_result = (info.path / RESULT_FILE).exists()
        result = RunDir(info.path).read_json(RESULT_FILE) if has_result else {}
        job = str(info.info.get("job") or "")
        entry = {"run": info.path.name, "job": job, "swept": swept(job, sweep.jobs)}
        found.append({**entry, "status": info.status, **result})
    if as_json:
        print_json(found)
        return
    keys = ("total_return", "sharpe", "max_drawdown", "trades")
    rows = []
    for run in found:
        test = run.get("test", {}).get("agent")
        texts = [METRICS[key].text(test[key]) if test else "-" for key in keys]
        rows.append((run["run"], run["swept"] or "-", run["status"], *texts))
    labels = [METRICS[key].label for key in keys]
    print()
    print_table(("run", "swept", "status", *labels), [rows], right=labels)
    if len(found) > 1:
        print(f"\nCompare them with: tradegym compare {sweep.id}{_root_option(root.absolute())}")


def _short(path: Path) -> str:
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _root_option(root: Path) -> str:
    return "" if root == Path.cwd() / "runs" else f" --runs-root {_short(root)}"

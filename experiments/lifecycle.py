"""How a run ends: its status is true and its result is written, whatever happened."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from tradegym.conf.errors import RunFailed
from tradegym.experiments.interrupts import forget_pending, interruptible, undisturbed
from tradegym.experiments.rundir import RESULT_FILE, RunDir, RunStatus
from tradegym.experiments.tracking.base import EndStatus, Tracker

_MLFLOW: dict[RunStatus, EndStatus] = {
    "finished": "FINISHED",
    "failed": "FAILED",
    "killed": "KILLED",
}


@contextmanager
def recorded(run: RunDir, tracker: Tracker) -> Iterator[dict[str, Any]]:
    """Run a block whose end is recorded in ``run.json``, in the tracker and in ``result.json``.

    The block fills the mapping it gets; this becomes ``result.json``, which is written after
    everything else, also after a failure, together with ``status`` and ``error``. Ctrl-C and
    SIGTERM count as killed, any other exception as failed; it is raised again.

    Parameters
    ----------
    run : RunDir
        The run, with status running.
    tracker : Tracker
        Its run, if the block starts one, is ended too.

    Yields
    ------
    dict
        Empty; values must have a JSON form.
    """
    result: dict[str, Any] = {}
    with interruptible():
        try:
            yield result
        except (KeyboardInterrupt, SystemExit) as error:
            _finish(run, tracker, "killed", result, error)
            raise
        except BaseException as error:
            _finish(run, tracker, "failed", result, error)
            raise
        _finish(run, tracker, "finished", result, None)


def _finish(
    run: RunDir,
    tracker: Tracker,
    status: RunStatus,
    result: Mapping[str, Any],
    error: BaseException | None,
) -> None:
    """Write how the run ended; a run whose end cannot be written has failed."""
    forget_pending()
    with undisturbed():
        problem = _write_end(run, status, result, error)
        if problem is not None and status == "finished":
            status = "failed"
            _write_end(run, status, result, problem)
        if tracker.run_id is not None:
            tracker.end(_MLFLOW[status])
            with suppress(OSError):
                run.update(mlflow=tracker.info)
    if problem is not None and error is None:
        raise RunFailed(
            f"{run.path}: the result could not be written: {problem.strerror or problem}"
        ) from problem


def _write_end(
    run: RunDir, status: RunStatus, result: Mapping[str, Any], error: BaseException | None
) -> OSError | None:
    """Write status and result; return what prevented it."""
    failure = None if error is None else {"type": type(error).__name__, "message": str(error)}
    try:
        run.set_status(status)
        run.write_json(RESULT_FILE, {"status": status, "error": failure, **result})
    except OSError as problem:
        return problem
    return None

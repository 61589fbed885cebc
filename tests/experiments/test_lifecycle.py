import os
import signal
import threading
from contextlib import suppress

import pytest

from tradegym.conf.errors import RunFailed
from tradegym.experiments.interrupts import Terminated, interruptible, raise_pending
from tradegym.experiments.lifecycle import recorded
from tradegym.experiments.rundir import RunDir
from tradegym.experiments.tracking.none import NoTracker


class Spy(NoTracker):
    """Notes how the run ended and what was on disk at that moment."""

    def __init__(self, run):
        self.run = run
        self.ended = []

    @property
    def run_id(self):
        return "r"

    @property
    def info(self):
        return {"run_id": "r", "complete": True}

    def end(self, status):
        self.ended.append((status, (self.run.path / "result.json").exists()))


@pytest.fixture
def run(tmp_path):
    return RunDir.create(tmp_path, "x")


def test_a_run_that_finishes(run):
    spy = Spy(run)
    with recorded(run, spy) as result:
        result["metrics"] = {"sharpe": 1.5, "calmar": None}
    assert run.info["status"] == "finished"
    assert run.info["mlflow"] == {"run_id": "r", "complete": True}
    assert run.read_json("result.json") == {
        "status": "finished",
        "error": None,
        "metrics": {"sharpe": 1.5, "calmar": None},
    }
    assert spy.ended == [("FINISHED", True)]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ValueError("no\nmoney"), "failed"),
        (MemoryError(), "failed"),
        (KeyboardInterrupt(), "killed"),
        (SystemExit(3), "killed"),
        (Terminated(), "killed"),
    ],
)
def test_a_run_that_does_not(run, error, status):
    spy = Spy(run)

    def train():
        with recorded(run, spy) as result:
            result["steps"] = 7
            raise error

    with pytest.raises(type(error)) as caught:
        train()
    assert caught.value is error
    assert run.info["status"] == status
    written = run.read_json("result.json")
    assert written["status"] == status
    assert written["steps"] == 7
    assert written["error"] == {"type": type(error).__name__, "message": str(error)}
    assert spy.ended == [(status.upper(), True)]


def test_sigterm_is_an_exception_inside_and_as_before_outside():
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(Terminated) as caught, interruptible():
        os.kill(os.getpid(), signal.SIGTERM)
    assert caught.value.code == 143
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_thread_may_run_too(run):
    errors = []

    def work():
        try:
            with recorded(run, NoTracker()):
                pass
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert errors == []
    assert run.info["status"] == "finished"
    assert run.info["mlflow"] is None


def test_a_result_that_cannot_be_written_is_a_failure(run, monkeypatch):
    spy, write = Spy(run), RunDir.write_json

    def full(self, name, data):
        if name == "result.json":
            raise OSError(28, "No space left on device")
        return write(self, name, data)

    monkeypatch.setattr(RunDir, "write_json", full)
    with pytest.raises(RunFailed, match="could not be written: No space left"), recorded(run, spy):
        pass
    assert run.info["status"] == "failed"
    assert spy.ended == [("FAILED", False)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_request_that_a_library_swallows_is_repeated(run, number):
    ends = {signal.SIGINT: KeyboardInterrupt, signal.SIGTERM: Terminated}

    def train():
        with recorded(run, NoTracker()):
            with suppress(ends[number]):
                os.kill(os.getpid(), number)
            raise_pending()

    with pytest.raises(ends[number]):
        train()
    assert run.info["status"] == "killed"
    raise_pending()  # heard, so nothing is left

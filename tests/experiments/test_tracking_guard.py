import logging
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest

from tradegym.conf.errors import UserError
from tradegym.experiments.tracking import guard
from tradegym.experiments.tracking.guard import GuardedTracker
from tradegym.experiments.tracking.none import NoTracker
from tradegym.experiments.tracking.registry import open_tracker


class Flaky(NoTracker):
    """Keeps its records in a list and fails while ``broken`` names them or is True."""

    def __init__(self):
        self.records, self.attempts, self.broken = [], 0, set()

    @property
    def run_id(self):
        return "r"

    @property
    def info(self):
        return {"run_id": "r", "complete": True}

    def start(self, *arguments):
        self._do("start")

    def log_metrics(self, step, values, time_ms=None):
        self._do("metrics", step, values, time_ms)

    def log_text(self, text, file):
        self._do(file, text)

    def end(self, status):
        self._do("end", status)

    def _do(self, what, *values):
        self.attempts += 1
        if self.broken is True or what in self.broken:
            raise RuntimeError(f"{what}: the disk\nis gone")
        self.records.append((what, *values))

    @property
    def steps(self):
        return [record[1] for record in self.records if record[0] == "metrics"]


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def inner():
    return Flaky()


@pytest.fixture
def tracker(inner, clock):
    return GuardedTracker(inner, clock)


def test_a_failed_start_is_raised(tracker, inner):
    inner.broken = True
    with pytest.raises(RuntimeError):
        tracker.start("x", {}, {})


def test_an_outage_loses_nothing_and_is_told_once(tracker, inner, clock, caplog):
    tracker.log_metrics(1, {"a": 1.0}, 111)
    inner.broken = True
    for step in (2, 3, 4):
        tracker.log_metrics(step, {"a": 1.0})
    assert inner.attempts == 2  # one per pause, not one per record
    assert tracker.info["complete"] is False
    inner.broken = set()
    clock.now += guard.FIRST_PAUSE_S
    tracker.log_metrics(5, {"a": 1.0})
    assert inner.steps == [1, 2, 3, 4, 5]
    assert inner.records[0] == ("metrics", 1, {"a": 1.0}, 111)
    assert all(record[3] > 1e12 for record in inner.records[1:])
    assert tracker.info["complete"] is True
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert "\n" not in warnings[0].getMessage()
    assert "metrics: the disk" in warnings[0].getMessage()


def test_the_values_are_those_of_the_call(tracker, inner, clock):
    inner.broken = True
    values = {"a": 1.0}
    tracker.log_metrics(1, values)
    values["a"] = 2.0
    inner.broken = set()
    tracker.end("FINISHED")
    assert inner.records[0][2] == {"a": 1.0}


def test_pauses_grow_up_to_a_limit(tracker, inner, clock):
    inner.broken = True
    pauses = []
    for second in range(4000):
        clock.now = float(second)
        before = inner.attempts
        tracker.log_metrics(second, {})
        if inner.attempts > before:
            pauses.append(second)
    gaps = [later - earlier for earlier, later in pairwise(pauses)]
    assert gaps[:4] == [15, 30, 60, 120]
    assert max(gaps) == guard.LONGEST_PAUSE_S


def test_a_record_that_never_works_is_given_up(tracker, inner, clock):
    inner.broken = {"bad.txt"}
    tracker.log_text("x", "bad.txt")
    for step in range(guard.MAX_TRIES):
        tracker.log_metrics(step, {})
        clock.now += guard.LONGEST_PAUSE_S
    tracker.log_metrics(9, {})
    assert inner.steps == [0, 1, 2, 9]
    assert tracker.info["complete"] is False


def test_the_end_passes_a_record_that_never_works(tracker, inner):
    inner.broken = {"bad.txt"}
    tracker.log_text("x", "bad.txt")
    tracker.log_metrics(1, {})
    tracker.end("FAILED")
    assert inner.steps == [1]
    assert inner.records[-1] == ("end", "FAILED")
    assert tracker.info["complete"] is False


def test_the_end_of_a_dead_store_takes_few_attempts(tracker, inner):
    inner.broken = True
    for step in range(500):
        tracker.log_metrics(step, {})
    before = inner.attempts
    tracker.end("FINISHED")
    assert inner.attempts - before == 3
    assert tracker.info["complete"] is False


def test_memory_is_bounded(tracker, inner, monkeypatch):
    monkeypatch.setattr(guard, "MAX_WAITING", 5)
    inner.broken = True
    for step in range(50):
        tracker.log_metrics(step, {})
    inner.broken = set()
    tracker.end("FINISHED")
    assert inner.steps == [45, 46, 47, 48, 49]
    assert tracker.info["complete"] is False


def test_ctrl_c_is_not_swallowed(tracker, inner):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    inner.log_metrics = interrupted
    with pytest.raises(KeyboardInterrupt):
        tracker.log_metrics(1, {})


def test_none_keeps_nothing_and_says_so():
    tracker = NoTracker()
    assert tracker.start("x", {}, {}) is None
    tracker.log_metrics(1, {"a": 1.0})
    tracker.log_artifact(Path("/nowhere"))
    tracker.end("FINISHED")
    assert tracker.info is None


def test_an_unknown_backend_suggests_the_nearest(tmp_path):
    settings = SimpleNamespace(backend="mlfow", uri=None, experiment="x")
    with pytest.raises(UserError, match=r"tracking.backend='mlfow'.*did you mean 'mlflow'"):
        open_tracker(settings, tmp_path)
    settings.backend = "none"
    assert open_tracker(settings, tmp_path).info is None
    assert list(tmp_path.iterdir()) == []

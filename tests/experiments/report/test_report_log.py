"""Reports in MLflow."""

import logging
from types import SimpleNamespace

import pytest
from report_runs import info_of, make_seeds, write_json

from tradegym.experiments.report import log_report, write_report


def record(path, uri, run_id="0" * 32):
    write_json(path / "run.json", info_of(path, mlflow={"uri": uri, "run_id": run_id}))


def test_a_run_that_mlflow_does_not_know(tmp_path):
    path = make_seeds(tmp_path)
    assert log_report(path, write_report(path)) is False


def test_a_store_that_is_gone_is_a_warning(tmp_path, caplog):
    path = make_seeds(tmp_path)
    record(path, f"sqlite:///{tmp_path}/gone.db")
    with caplog.at_level(logging.WARNING, "tradegym.report"):
        assert log_report(path, write_report(path)) is False
    assert caplog.messages == [
        "the report was written, but not logged to MLflow: the store is gone"
    ]
    assert not (tmp_path / "gone.db").exists()


@pytest.mark.slow
def test_a_report_is_logged(tmp_path, monkeypatch, caplog):
    from tradegym.experiments.tracking.registry import open_tracker

    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    settings = SimpleNamespace(backend="mlflow", uri=None, experiment="tradegym")
    tracker = open_tracker(settings, tmp_path / "runs")
    run_id = tracker.start("demo", {}, {})
    tracker.end("FINISHED")
    path = make_seeds(tmp_path)
    record(path, tracker.info["uri"], run_id)
    written = write_report(path)
    assert log_report(path, written)
    (stored,) = (tmp_path / "runs").glob("mlartifacts/**/report/report.html")
    assert stored.read_bytes() == written.html.read_bytes()
    # A run that the store does not know is a warning too.
    record(path, tracker.info["uri"], "f" * 32)
    assert log_report(path, written) is False
    assert "not logged to MLflow" in caplog.text

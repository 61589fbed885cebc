"""What a user sees in MLflow's pages, in a real browser."""

import os
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from browser import BROWSER, running_browser
from matplotlib.figure import Figure
from ports import free_port

from tradegym.experiments.runs import RunInfo
from tradegym.experiments.tracking.registry import open_tracker
from tradegym.experiments.tracking.server import running_server, runs_page

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed"),
]


def test_a_run_is_visible(tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    root = tmp_path / "runs"
    settings = SimpleNamespace(backend="mlflow", uri=None, experiment="tradegym")
    tracker = open_tracker(settings, root)
    run_id = tracker.start("my-sp500-run", {"agent.algorithm": "PPO"}, {}, None, "a test")
    for step in range(20):
        tracker.log_metrics(1000 * step, {"eval/total_log_return": 0.01 * step})
    figure = Figure(figsize=(6, 4))
    axes = figure.subplots()
    axes.plot([100, 103, 101, 108])
    axes.set_title("Equity")
    tracker.log_figure(figure, "plots/equity.png")
    tracker.end("FINISHED")
    experiment = tracker.info["experiment_id"]

    # Where to keep the pictures, for a person to look at.
    pictures = os.environ.get("TRADEGYM_TEST_PICTURES")
    port = free_port()
    page = f"http://127.0.0.1:{port}/#/experiments/{experiment}/runs"
    info = {"mlflow": tracker.info}
    start = runs_page(f"http://127.0.0.1:{port}", [RunInfo(tmp_path, info)])
    profile = tmp_path / "profile"
    chart = "document.querySelectorAll('.js-plotly-plot .scatterlayer path').length > 0"
    image = (
        "[...document.images].some(i => i.src.startsWith('blob:') || i.src.includes('artifact')"
        " ? i.naturalWidth > 100 : false)"
    )
    visits = {
        "start": (start, ["my-sp500-run", "Model registry", "1 matching run"], "true"),
        "overview": (
            f"{page}/{run_id}",
            [
                "my-sp500-run",
                "Finished",
                "a test",
                "eval/total_log_return",
                "0.19",
                "agent.algorithm",
                "PPO",
            ],
            "true",
        ),
        "metrics": (f"{page}/{run_id}/model-metrics", ["total_log_return"], chart),
        "artifact": (
            f"{page}/{run_id}/artifacts/{quote('plots/equity.png')}",
            ["plots/equity.png"],
            image,
        ),
    }
    with running_server(root, port), running_browser(profile) as browser:
        for name, (url, texts, script) in visits.items():
            browser.visit(url, *texts, script=script)
            if pictures:
                browser.screenshot(Path(pictures) / f"{name}.png")

"""What a user sees in MLflow's pages, in a real browser."""

import base64
import contextlib
import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from matplotlib.figure import Figure
from ports import free_port

from tradegym.experiments.runs import RunInfo
from tradegym.experiments.tracking.registry import open_tracker
from tradegym.experiments.tracking.server import running_server, runs_page

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
    "--window-size=1500,1100",
)
PAGE_TIMEOUT_S = 40.0

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed"),
]


class Browser:
    """One page of a Chromium that is driven over a pair of pipes."""

    def __init__(self, read, write):
        self._read, self._write = read, write
        self._number, self._buffer = 0, b""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]

    _session = None

    def call(self, method, **params):
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self._buffer:
                received = os.read(self._read, 1 << 20)
                assert received, "the browser has ended"
                self._buffer += received
            line, self._buffer = self._buffer.split(b"\0", 1)
            answer = json.loads(line)
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]

    def evaluate(self, script):
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        return answer["result"].get("value")

    def visit(self, url, *texts, script="true"):
        """Open a page and wait until it shows all of ``texts`` and ``script`` is true."""
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=url)
        deadline = time.monotonic() + PAGE_TIMEOUT_S
        shown = ""
        while time.monotonic() < deadline:
            shown = self.evaluate("document.body ? document.body.innerText : ''") or ""
            if all(text in shown for text in texts) and self.evaluate(script):
                return
            time.sleep(0.2)
        missing = [text for text in texts if text not in shown]
        pytest.fail(f"{url} does not show {missing or script}; it shows: {shown[:2000]}")

    def screenshot(self, path):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        path.write_bytes(base64.b64decode(data))


@contextlib.contextmanager
def running_browser(profile):
    """Start Chromium with its debugging pipes on file descriptors 3 and 4; always end it."""
    to_child, from_child = os.pipe(), os.pipe()
    command = ["bash", "-c", 'exec "$@" 3<&$IN 4>&$OUT', "bash", BROWSER, *FLAGS]
    process = subprocess.Popen(
        [*command, f"--user-data-dir={profile}"],
        env={**os.environ, "IN": str(to_child[0]), "OUT": str(from_child[1])},
        pass_fds=(to_child[0], from_child[1]),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(to_child[0])
    os.close(from_child[1])
    try:
        yield Browser(from_child[0], to_child[1])
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        os.close(to_child[1])
        os.close(from_child[0])


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

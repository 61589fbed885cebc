"""A real browser, driven over a pair of pipes."""

import base64
import contextlib
import json
import os
import shutil
import subprocess
import time

import pytest

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

"""The page in a real browser: no request, no error, nothing cut off, in every light."""

import os
from pathlib import Path

import pytest
from browser import BROWSER, running_browser
from report_runs import make_folds, make_seeds, make_trained

from tradegym.experiments.report import write_report

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed"),
]

# What the page tried to load or do that its policy forbids; errors and messages of scripts.
WATCH = """
window.seen = [];
document.addEventListener('securitypolicyviolation', (e) => seen.push('policy ' + e.blockedURI));
window.addEventListener('error', (e) => seen.push('error ' + e.message), true);
for (const name of ['log', 'info', 'warn', 'error']) {
  const old = console[name];
  console[name] = (...parts) => { seen.push(name + ' ' + parts.join(' ')); old(...parts); };
}
"""
LOADED = "performance.getEntriesByType('resource').map((one) => one.name)"
READY = "document.documentElement.dataset.ready === 'yes'"
# Labels of charts that lie on each other, by the boxes they take.
OVERLAPS = """
[...document.querySelectorAll('svg.chart')].flatMap((chart) => {
  const boxes = [...chart.querySelectorAll('text.tick')]
    .map((one) => [one.textContent, one.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0);
  return boxes.flatMap(([name, a], k) => boxes.slice(k + 1)
    .filter(([, b]) => a.left < b.right - 1 && b.left < a.right - 1
      && a.top < b.bottom - 2 && b.top < a.bottom - 2)
    .map(([other]) => name + ' / ' + other));
})
"""
SIZES = {"desktop": (1300, False), "dark": (1300, True), "phone": (390, False)}


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    root = tmp_path_factory.mktemp("runs")
    runs = {
        "one": make_trained(root, n=1000),
        "portfolio": make_trained(root, "portfolio", assets=("spx", "ndx", "gold"), fills=300),
        "seeds": make_seeds(root, seeds=10),
        "folds": make_folds(root),
    }
    return {name: write_report(path).html for name, path in runs.items()}


def show(browser, page, width, dark):
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    browser.call("Emulation.setEmulatedMedia", features=[scheme])
    browser.call(
        "Emulation.setDeviceMetricsOverride",
        width=width,
        height=900,
        deviceScaleFactor=1,
        mobile=width < 500,
    )
    browser.visit(page.as_uri(), script=READY)


def test_in_a_browser(reports, tmp_path):
    pictures = os.environ.get("TRADEGYM_TEST_PICTURES")
    with running_browser(tmp_path / "profile") as browser:
        browser.call("Page.enable")
        browser.call("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        for name, page in reports.items():
            for size, (width, dark) in SIZES.items():
                show(browser, page, width, dark)
                where = f"{name}, {size}"
                assert browser.evaluate("seen") == [], where
                assert browser.evaluate(LOADED) == [], where
                assert browser.evaluate(OVERLAPS) == [], where
                wide = "document.documentElement.scrollWidth - innerWidth"
                assert browser.evaluate(wide) <= 0, where
                ground = browser.evaluate("getComputedStyle(document.body).backgroundColor")
                assert (ground != "rgb(255, 255, 255)") == dark, where
                if pictures:
                    browser.screenshot(Path(pictures) / f"report-{name}-{size}.png")


def test_values_under_the_pointer(reports, tmp_path):
    with running_browser(tmp_path / "profile") as browser:
        show(browser, reports["one"], 1300, dark=False)
        browser.evaluate("document.querySelector('#equity figure').scrollIntoView()")
        box = "document.querySelector('#equity svg.chart').getBoundingClientRect()"
        x, y = (browser.evaluate(f"{box}.{a} + {b}") for a, b in (("left", 300), ("top", 60)))
        browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        read = "document.querySelector('#equity .readout')"
        text = browser.evaluate(f"{read}.innerText")
        assert not browser.evaluate(f"{read}.hidden")
        assert "PPO 9," in text
        assert "Buy and hold" in text
        assert (
            browser.evaluate(
                "getComputedStyle(document.querySelector('#equity .cursor')).visibility"
            )
            == "visible"
        )
        browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=2, y=2)
        assert browser.evaluate(f"{read}.hidden")


def test_on_paper_it_is_light(reports, tmp_path):
    with running_browser(tmp_path / "profile") as browser:
        show(browser, reports["one"], 1300, dark=True)
        scheme = {"name": "prefers-color-scheme", "value": "dark"}
        browser.call("Emulation.setEmulatedMedia", media="print", features=[scheme])
        ground = browser.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == "rgb(255, 255, 255)"
        assert browser.evaluate("getComputedStyle(document.querySelector('nav')).display") == "none"
        assert len(browser.call("Page.printToPDF")["data"]) > 50_000

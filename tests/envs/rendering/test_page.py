"""The page: what is in it, and that it needs nothing else."""

import dataclasses
import json
import os
import re
import time
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from browser import BROWSER, running_browser
from episodes import add_order, episode
from plotly import graph_objects

from tradegym.conf.errors import UserError
from tradegym.conf.resolve import resolve
from tradegym.envs.rendering import Look
from tradegym.envs.rendering.look import look_of
from tradegym.envs.rendering.page import save_page
from tradegym.envs.rendering.page.events import actions
from tradegym.envs.rendering.palette import DARK, LIGHT


class Tags(HTMLParser):
    """All tags with their attributes, and the text of scripts by id."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.scripts, self.text, self._inside = [], {}, [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._inside = (
            dict(attrs).get("id", f"script {len(self.tags)}") if tag == "script" else None
        )

    def handle_data(self, data):
        if self._inside is not None:
            self.scripts[self._inside] = self.scripts.get(self._inside, "") + data
        else:
            self.text.append(data)

    def handle_endtag(self, tag):
        self._inside = None


def page(record, tmp_path, look=None):
    path = tmp_path / "a.html"
    save_page(record, path, look or Look())
    return Tags(path.read_text(encoding="utf-8"))


def data(record, tmp_path):
    return json.loads(page(record, tmp_path).scripts["episode"])


def filled(value, episode_data, theme):
    """Replace tokens as the page's script does."""
    if isinstance(value, list):
        return [filled(one, episode_data, theme) for one in value]
    if not isinstance(value, dict):
        return value
    if value.get("$") == "times":
        return episode_data["times"]
    if "$" in value:
        return theme[value["$"]]
    return {key: filled(one, episode_data, theme) for key, one in value.items()}


def by_name(found, name):
    return [one for one in found["traces"] if one.get("name") == name]


RECORDS = {
    "one": lambda: episode(120, 2, share=0.2),
    "long": lambda: episode(1600, 2),
    "joint": lambda: episode(60, 3, assets=("one", "two"), share=0.2),
    "weights": lambda: episode(60, 3, assets=("one", "two"), weights=True),
    "minutes": lambda: episode(60, 3, freq="min"),
    "bar": lambda: episode(1, share=0),
}


@pytest.mark.parametrize("name", RECORDS)
def test_the_chart_is_valid_for_plotly(name, tmp_path):
    found = data(RECORDS[name](), tmp_path)
    for theme in found["themes"].values():
        traces, layout = (filled(found[part], found, theme) for part in ("traces", "layout"))
        figure = graph_objects.Figure(traces, layout)
        assert len(figure.data) == len(found["traces"])


@pytest.mark.parametrize("name", ["one", "weights"])
def test_nothing_is_loaded_from_elsewhere(name, tmp_path):
    tags = page(RECORDS[name](), tmp_path)
    for tag, attributes in tags.tags:
        assert not {"src", "href", "srcset", "data", "action"} & set(attributes), tag
    names = {tag for tag, _ in tags.tags}
    assert not names & {"link", "img", "iframe", "object", "embed", "base"}
    style = "".join(tags.text)
    assert "@import" not in style
    assert "url(" not in style
    (policy,) = [one["content"] for tag, one in tags.tags if one.get("http-equiv")]
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy


def test_prices_fills_and_account_are_in_it(tmp_path):
    record = episode(120, 2, share=0.2)
    found = data(record, tmp_path)
    assert len(found["times"]) == 120
    assert found["times"][0] == "2012-01-02"
    (candles,) = [one for one in found["traces"] if one["type"] == "candlestick"]
    np.testing.assert_allclose(candles["high"], record.bars["high"], rtol=1e-7)
    (equity,) = by_name(found, "equity")
    np.testing.assert_allclose(equity["y"], record.bars["equity"], rtol=1e-7)
    (term,) = by_name(found, "reward: log return")
    np.testing.assert_allclose(term["y"], record.bars["reward_log_return"].cumsum(), rtol=1e-6)
    marked = [one for one in found["traces"] if one.get("legendgroup") == "buy to open"]
    rows = record.orders[record.orders["kind"].isin(["entry", "reversal"])]
    rows = rows[rows["side"] == "buy"]
    assert len(rows) > 2
    assert marked[0]["x"] == [f"{one:%Y-%m-%d}" for one in rows["executed"]]
    np.testing.assert_allclose(marked[0]["y"], rows["price"], rtol=1e-7)


def test_the_pointer_tells_action_and_orders_of_its_bar(tmp_path):
    record = episode(30, share=0)
    rows = []
    add_order(rows, "sp500", record.bars["time"], 5, 2.5, 1234.0, "entry")
    add_order(rows, "sp500", record.bars["time"], 9, -1.0, 1.0, "exit", status="Margin")
    orders = type(record.orders)(rows)
    record.bars["action"] = 0
    record.bars.loc[4, "action"] = 1
    found = data(dataclasses.replace(record, orders=orders), tmp_path)
    (events,) = by_name(found, "action")
    assert events["text"][4] == "buy"
    assert events["text"][5] == "hold<br>buy to open: buy 2.5 at 1,234"
    assert events["text"][8] == "hold<br>refused: sell 1"
    assert set(events["text"]) - set(events["text"][4:9]) == set()


def test_actions_in_words():
    one = episode(3, share=0)
    one.bars["action"] = np.array([0, 2, 3])
    assert actions(one) == ["hold", "sell", "close"]
    joint = episode(2, assets=("x", "y"))
    joint.bars["action_x"], joint.bars["action_y"] = [1, 0], [0, 2]
    assert actions(joint) == ["x buy, y hold", "x hold, y sell"]
    weights = episode(2, assets=("x", "y"), weights=True)
    weights.bars.loc[0, ["weight_x", "weight_y", "weight_cash"]] = [0.5, 0.2, 0.3]
    assert actions(weights) == ["x 50%, y 20%, cash 30%", ""]


def test_title_and_numbers(tmp_path):
    record = episode(120, 2, share=0.2)
    text = "\n".join(page(record, tmp_path).text)
    assert "Episode on sp500" in text
    assert "2012-01-02 to 2012-06-15 · 120 bars · start 10,000 · ended: end of data" in text
    equity = record.bars["equity"].iloc[-1]
    assert f"{equity:,.0f}" in text
    assert f"{equity / 10_000 - 1:+.1%}" in text


def test_many_bars_are_a_line_with_its_range(tmp_path):
    found = data(episode(1600, 2), tmp_path)
    assert not [one for one in found["traces"] if one["type"] == "candlestick"]
    (close,) = by_name(found, "close")
    assert close.get("visible", True)


def test_names_cannot_break_out_of_the_page(tmp_path):
    name = "</script><img src=x onerror=alert(1)>"
    tags = page(episode(20, assets=(name, "b"), share=0.3), tmp_path)
    assert "img" not in {tag for tag, _ in tags.tags}
    assert name in json.loads(tags.scripts["episode"])["layout"]["annotations"][0]["text"]
    assert "<h1>Episode on &lt;/script" not in "".join(tags.text)  # it was unescaped by the parser
    assert any("Episode on </sc" in one for one in tags.text)


def test_both_themes_follow_the_look(tmp_path):
    found = data(episode(5), tmp_path)["themes"]
    assert (found["light"]["background"], found["dark"]["background"]) == (
        LIGHT.background,
        DARK.background,
    )
    look = look_of(resolve(["render.theme=dark", "render.colors.up=lime"]).config.render)
    themes = json.loads(page(episode(5), tmp_path, look).scripts["episode"])["themes"]
    assert {one["background"] for one in themes.values()} == {DARK.background}
    assert {one["up"] for one in themes.values()} == {"#00ff00"}


def test_a_long_page_is_small(tmp_path):
    save_page(episode(5000, 1), tmp_path / "a.html")
    assert (tmp_path / "a.html").stat().st_size < 7e6


def test_a_page_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot write the picture"):
        save_page(episode(5), tmp_path / "file" / "a.html")


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
def test_in_a_browser(tmp_path):
    record = episode(300, 2, share=0.1)
    path = tmp_path / "a.html"
    save_page(record, path)
    pictures = os.environ.get("TRADEGYM_TEST_PICTURES")
    ready = "document.documentElement.dataset.ready === 'yes'"
    axis = "document.getElementById('plot').layout"
    with running_browser(tmp_path / "profile") as browser:

        def prefer(scheme):
            features = [{"name": "prefers-color-scheme", "value": scheme}]
            browser.call("Emulation.setEmulatedMedia", features=features)
            time.sleep(0.5)

        def press(text):
            browser.evaluate(
                "[...document.querySelectorAll('nav button')]"
                f".find((one) => one.textContent === '{text}').click()"
            )
            time.sleep(0.7)

        browser.call("Network.enable")
        browser.call(
            "Network.emulateNetworkConditions",
            offline=True,
            latency=0,
            downloadThroughput=0,
            uploadThroughput=0,
        )
        prefer("light")
        browser.visit(path.as_uri(), "Episode on sp500", "Total return", script=ready)
        assert browser.evaluate("performance.getEntriesByType('resource').length") == 0
        traces = browser.evaluate("document.querySelectorAll('.scatterlayer .trace').length")
        assert traces > 8
        body = "getComputedStyle(document.body).backgroundColor"
        assert browser.evaluate(body) == "rgb(255, 255, 255)"
        prefer("dark")
        assert browser.evaluate(body) == "rgb(18, 23, 29)"
        assert browser.evaluate(f"{axis}.paper_bgcolor") == DARK.background
        before = browser.evaluate(f"{axis}.yaxis.range")
        press("1 month")
        left, right = browser.evaluate(f"{axis}.xaxis.range")
        assert 28 <= (np.datetime64(right[:10]) - np.datetime64(left[:10])).astype(int) <= 33
        shown = record.bars[record.bars["time"] >= left.replace(" ", "T") + "Z"]
        low, high = browser.evaluate(f"{axis}.yaxis.range")
        assert shown["low"].min() * 0.95 < low < shown["low"].min()
        assert shown["high"].max() < high < shown["high"].max() * 1.05
        prefer("light")
        assert browser.evaluate(f"{axis}.xaxis.range")[0] == left
        press("Line")
        shown = "document.getElementById('plot').data.filter((one) => one.visible !== false)"
        kinds = browser.evaluate(f"{shown}.map((one) => one.meta || '')")
        assert {"line", "candles"} & set(kinds) == {"line"}
        press("All")
        after = browser.evaluate(f"{axis}.yaxis.range")
        assert abs(after[1] - before[1]) < 0.1 * (before[1] - before[0])
        if pictures:
            browser.screenshot(Path(pictures) / "page.png")
    assert not re.search(r"\bsrc=", path.read_text(encoding="utf-8")[:3000])

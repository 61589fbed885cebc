"""The frame for terminals."""

import unicodedata

import numpy as np
import pytest

import tradegym
from tradegym.envs.rendering import Scene, render_text

INFO = {
    "time": np.datetime64("2012-03-05T00:00:00", "ns"),
    "step": 1043,
    "cash": 5310.2,
    "value": 10234.1,
    "position": 3.4211,
    "price": 1300.0,
    "drawdown": 1.2,
    "max_drawdown": 3.44,
    "trades": 3,
    "rejected": 0,
    "reward_terms": {"log_return": 0.0014, "drawdown": -0.0002},
    "reason": None,
}


def window(*closes):
    """Bars [n, 4], or [n, A, 4] of several series of closes."""
    bars = np.stack(
        [np.repeat(np.array(one, dtype=float)[:, None], 4, axis=1) for one in closes], 1
    )
    return bars[:, 0] if len(closes) == 1 else bars


def cells(line):
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in line)


def checked(scene):
    text = render_text(scene)
    assert isinstance(text, str)
    assert {cells(line) for line in text.splitlines()} == {80}
    assert "\x1b" not in text
    return text


def row(text, label):
    (line,) = [one for one in text.splitlines() if one.startswith(f"│ {label} ")]
    return line[2:-2].strip()


def test_everything_about_one_asset():
    scene = Scene(
        window=window([1200, 1250, 1300]),
        assets=("sp500",),
        info=INFO,
        action="buy",
        start_cash=10_000.0,
    )
    text = checked(scene)
    first = text.splitlines()[0]
    assert first.startswith("╭─ sp500 ─")
    assert first.endswith(" 2012-03-05 · decision 1,043 ─╮")
    assert row(text, "price").split() == ["price", "1,300", "▁▅█", "1,200", "to", "1,300"]
    assert row(text, "position") == "position  long 3.42"
    assert row(text, "equity") == "equity       10,234  (+2.34%)"
    assert row(text, "cash") == "cash          5,310"
    assert row(text, "drawdown") == "drawdown      1.20%  (largest 3.44%)"
    assert row(text, "action") == "action          buy  (3 trades)"
    assert row(text, "reward") == "reward      +0.0012  =  log_return +0.0014  drawdown -0.0002"
    assert "ended" not in text


def test_the_end_and_a_short_position():
    info = INFO | {"position": -2.0, "reason": "TARGET_REACHED", "rejected": 4}
    text = checked(Scene(window=window([3, 2]), info=info, action="sell"))
    assert row(text, "ended") == "ended    target reached"
    assert row(text, "position").split() == ["position", "short", "2"]
    assert "(3 trades, 4 rejected)" in row(text, "action")
    assert row(text, "equity").split() == ["equity", "10,234"]


def test_several_assets_and_those_that_are_only_observed():
    info = INFO | {"position": np.array([3.0, 0.0])}
    bars = window([1, 2], [4, 3], [5, 5])
    text = checked(Scene(window=bars, assets=("one", "two", "three"), traded=2, info=info))
    assert text.splitlines()[0].startswith("╭─ one and 1 more ─")
    assert row(text, "one").split() == ["one", "2", "▁█", "long", "3"]
    assert row(text, "two").split() == ["two", "3", "█▁", "flat"]
    assert row(text, "three").split()[-1] == "observed"


def test_a_sparkline_has_30_bars_at_most_and_ends_with_the_newest():
    rising = row(checked(Scene(window=window(np.arange(500.0)), info={})), "price").split()[2]
    assert (len(rising), rising[0], rising[-1]) == (30, "▁", "█")
    assert list(rising) == sorted(rising)


@pytest.mark.parametrize(
    "scene",
    [
        Scene(),
        Scene(window=np.full((4, 4), np.nan), assets=("x",)),
        Scene(window=np.zeros((0, 4))),
        Scene(window=window([1e300, -1e300]), assets=("x" * 200,), info=INFO, action="y" * 300),
        Scene(window=window([1, 2]), assets=("日本株指数" * 20,), info=INFO, action="買\n" * 60),
        Scene(window=window(*[[1, 2]] * 40), assets=tuple(f"a{i}" for i in range(40)), traded=40),
        Scene(info={"reward_terms": {f"a_long_name_{i}": -1.23456e-7 for i in range(20)}}),
        Scene(info={"value": float("inf"), "cash": -1e12, "drawdown": 1e9}),
    ],
)
def test_odd_scenes_keep_to_80_columns(scene):
    checked(scene)


def test_the_environment_returns_it():
    env = tradegym.make(render_mode="ansi")
    env.reset(seed=0)
    env.step(1)
    text = env.render()
    assert {cells(line) for line in text.splitlines()} == {80}
    assert "decision 1 ─╮" in text
    assert row(text, "action").split()[:2] == ["action", "buy"]
